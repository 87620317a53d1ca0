import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { outputText } from '../diff/compare-records.ts'
import { ExactNumber, type ExactValue, exactText } from '../read/exact-json.ts'
import type { RecordView } from '../read/record-view.ts'
import type { ReportIndex, RowDetail } from './report-index.ts'

const blockRows = 500
/** A longer text is cut; the page says so, and names the line where the whole of it stands. */
const mostCharacters = 200_000
/** Fast, and within a few per cent of the best: texts of one run resemble each other. */
const compression = { level: 5 }

const compress = promisify(gzip)

/** Gathers rows, and gives them out in compressed blocks while the index grows. */
export class ReportRows {
  readonly index: ReportIndex
  /** Rows whose texts were left out because the page had reached its size. */
  withoutTexts = 0
  readonly #places = {
    models: new Map<string, number>(),
    probes: new Map<string, number>(),
    statuses: new Map<string, number>(),
  }
  readonly #mostBytes: number
  #block: RowDetail[] = []
  #bytes = 0
  #latestCalls: Buffer | undefined
  #latestFacts: string[] = []

  /** @param mostBytes Of all blocks together. */
  constructor(runs: string[], mostBytes: number) {
    this.#mostBytes = mostBytes
    this.index = {
      runs,
      models: [],
      probes: [],
      statuses: [],
      blockRows,
      compared: false,
      run: [],
      model: [],
      probe: [],
      example: [],
      repeat: [],
      status: [],
      score: [],
      changed: [],
    }
  }

  /** True when a block is full and has to be taken. */
  add(run: number, record: RecordView, changed: boolean): boolean {
    const { index } = this
    index.run.push(run)
    index.model.push(this.#place('models', record.model))
    index.probe.push(this.#place('probes', record.probe))
    index.status.push(this.#place('statuses', record.status))
    index.example.push(record.example)
    index.repeat.push(record.repeat)
    index.score.push(record.score ?? null)
    index.changed.push(changed ? 1 : 0)
    this.#block.push(this.#bytes < this.#mostBytes ? this.#detail(record) : this.#leftOut(record))
    return this.#block.length === blockRows
  }

  /** The rows gathered since, as base64 of gzip. Undefined where there are none. */
  async takeBlock(): Promise<string | undefined> {
    if (this.#block.length === 0) return undefined
    const block = this.#block
    this.#block = []
    const text = (await compress(JSON.stringify(block), compression)).toString('base64')
    this.#bytes += text.length
    return text
  }

  async takeIndex(): Promise<string> {
    return (await compress(JSON.stringify(this.index), compression)).toString('base64')
  }

  #detail(record: RecordView): RowDetail {
    const output = outputText(record) ?? shown(record.value('output'))
    return {
      input: cut(shown(record.value('input')) ?? '', record),
      output: output === null ? null : cut(output, record),
      error: cut(record.string('error') ?? null, record),
      explanation: cut(record.explanation ?? null, record),
      facts: [...scoreFacts(record), ...this.#servedFacts(record)],
      line: record.line,
    }
  }

  /** Most records of a run were served alike. */
  #servedFacts(record: RecordView): string[] {
    const { callBytes } = record
    if (callBytes === undefined) return []
    if (this.#latestCalls?.equals(callBytes) !== true) {
      this.#latestCalls = Buffer.from(callBytes)
      this.#latestFacts = servedFacts(record.calls)
    }
    return this.#latestFacts
  }

  #leftOut(record: RecordView): RowDetail {
    this.withoutTexts += 1
    const note = `(left out of the page, which is full: line ${record.line} of records.jsonl)`
    return { input: note, output: note, error: null, explanation: null, facts: [], line: record.line }
  }

  #place(list: 'models' | 'probes' | 'statuses', name: string): number {
    const places = this.#places[list]
    let place = places.get(name)
    if (place === undefined) {
      place = this.index[list].push(name) - 1
      places.set(name, place)
    }
    return place
  }
}

function shown(value: ExactValue): string | null {
  if (value === null || typeof value === 'string') return value
  if (!(value instanceof Map)) return exactText(value)
  return [...value].map(([key, inner]) => `${key}: ${typeof inner === 'string' ? inner : exactText(inner)}`).join('\n')
}

function cut<T extends string | null>(text: T, record: RecordView): T | string {
  if (text === null || text.length <= mostCharacters) return text
  return `${text.slice(0, mostCharacters)}\n(${text.length - mostCharacters} more characters in line ${record.line} of records.jsonl)`
}

/** Scores that are not the primary one. */
function scoreFacts(record: RecordView): string[] {
  const primary = record.string('primary_metric') ?? 'score'
  return [...record.object('scores')]
    .filter(([name, value]) => name !== primary && value instanceof ExactNumber)
    .map(([name, value]) => `${name} ${exactText(value)}`)
}

/** What served the calls, each thing once. */
function servedFacts(calls: ExactValue | undefined): string[] {
  const facts = new Set<string>()
  for (const call of Array.isArray(calls) ? calls : []) {
    const served = call instanceof Map ? call.get('served') : undefined
    if (served instanceof Map)
      for (const [name, value] of served)
        facts.add(
          `${name} ${name === 'sha256' ? String(value).slice(0, 12) : typeof value === 'string' ? value : exactText(value)}`,
        )
    const finish = call instanceof Map ? call.get('finish') : undefined
    const kind = finish instanceof Map ? finish.get('kind') : undefined
    if (typeof kind === 'string' && kind !== 'stop') facts.add(`finish ${kind}`)
  }
  return [...facts]
}
