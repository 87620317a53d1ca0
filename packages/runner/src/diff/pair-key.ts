import type { RecordView } from '../read/record-view.ts'

/**
 * What pairs two records: model, probe, example id and repeat. Between a run of ours and a run of the Python original's
 * `run` command, which names `LogicProbe` where we and its harness say `logic`, class names are read as type names.
 */
export function pairKey(bridged: boolean): (record: RecordView) => string {
  return (record) => {
    const probe = bridged ? typeName(record.probe) : record.probe
    return `${record.model}\u0000${probe}\u0000${record.example}\u0000${record.repeat}`
  }
}

function typeName(probe: string): string {
  if (!/^[A-Z]\w*Probe$/.test(probe)) return probe
  return probe
    .slice(0, -'Probe'.length)
    .replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase()
}
