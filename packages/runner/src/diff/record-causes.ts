import type { ExactObject, ExactValue } from '../read/exact-json.ts'
import type { RecordView } from '../read/record-view.ts'
import type { Cause } from './diff-report.ts'
import { leafDifferences } from './leaf-differences.ts'

/** The cause that says only that the words of the prompt moved. */
export const promptHash = 'prompt.hash'

/** Names of `dataset` as the report gives them; its params repeat them. */
const datasetNames: readonly [field: string, name: string][] = [
  ['dataset_hash', 'dataset.hash'],
  ['dataset_id', 'dataset.id'],
  ['dataset_version', 'dataset.version'],
]

/**
 * Finds what moved between two records of one item, beside what the model gave back. Most causes are the same in
 * thousands of items, so the latest comparison of each part is kept.
 */
export class RecordCauses {
  readonly #latest = new Map<string, { baseline: Buffer; candidate: Buffer; causes: Cause[] }>()

  of(baseline: RecordView, candidate: RecordView): Cause[] {
    const causes = promptCauses(baseline, candidate)
    for (const field of ['model', 'probe'] as const)
      if (!baseline.sameBytes(candidate, field))
        causes.push(
          ...this.#remembered(field, baseline.bytes(field), candidate.bytes(field), () =>
            specCauses(field, baseline.value(field), candidate.value(field)),
          ),
        )
    if (!baseline.sameBytes(candidate, 'dataset'))
      causes.push(
        ...this.#remembered('dataset', baseline.bytes('dataset'), candidate.bytes('dataset'), () =>
          datasetCauses(baseline.object('dataset'), candidate.object('dataset')),
        ),
      )
    causes.push(
      ...this.#remembered('calls', baseline.callBytes, candidate.callBytes, () =>
        callCauses(baseline.calls, candidate.calls),
      ),
      ...seedCauses(baseline, candidate),
    )
    if (!baseline.sameBytes(candidate, 'usage'))
      causes.push(...inputUsageCauses(baseline.object('usage'), candidate.object('usage')))
    return causes
  }

  #remembered(
    part: string,
    baseline: Buffer | undefined,
    candidate: Buffer | undefined,
    compare: () => Cause[],
  ): Cause[] {
    if (baseline === undefined || candidate === undefined) return baseline === candidate ? [] : compare()
    const latest = this.#latest.get(part)
    if (latest?.baseline.equals(baseline) && latest.candidate.equals(candidate)) return latest.causes
    const causes = baseline.equals(candidate) ? [] : compare()
    this.#latest.set(part, { baseline: Buffer.from(baseline), candidate: Buffer.from(candidate), causes })
    return causes
  }
}

function promptCauses(baseline: RecordView, candidate: RecordView): Cause[] {
  const causes = (['input', 'messages'] as const).flatMap((field) =>
    baseline.sameBytes(candidate, field)
      ? []
      : leafDifferences(`prompt.${field}`, baseline.value(field), candidate.value(field)),
  )
  // The hash alone moves where the probe words the same item differently.
  const before = baseline.string('messages_hash')
  const after = candidate.string('messages_hash')
  if (before !== undefined && after !== undefined && before !== after)
    causes.push({ name: promptHash, baseline: before.slice(0, 12), candidate: after.slice(0, 12) })
  return causes
}

/** `model` and `probe` of a record. Their params repeat the ids and names beside them, which then are one cause. */
function specCauses(field: 'model' | 'probe', baseline: ExactValue, candidate: ExactValue): Cause[] {
  const causes = new Map<string, Cause>()
  for (const cause of leafDifferences(field, baseline, candidate)) {
    const values = `${cause.baseline}\u0000${cause.candidate}`
    if (!causes.has(values))
      causes.set(values, { ...cause, name: cause.name.replace(`${field}.${field}_`, `${field}.`) })
  }
  return [...causes.values()]
}

function datasetCauses(baseline: ExactObject, candidate: ExactObject): Cause[] {
  return datasetNames.flatMap(([field, name]) => leafDifferences(name, baseline.get(field), candidate.get(field)))
}

/** What answered each call, and how it ended. */
function callCauses(baseline: ExactValue, candidate: ExactValue): Cause[] {
  if (!Array.isArray(baseline) || !Array.isArray(candidate)) return []
  const causes = new Map<string, Cause>()
  for (let call = 0; call < Math.min(baseline.length, candidate.length); call++)
    for (const part of ['served', 'finish'] as const)
      for (const cause of leafDifferences(part, member(baseline[call], part), member(candidate[call], part)))
        if (!causes.has(cause.name)) causes.set(cause.name, cause)
  if (baseline.length !== candidate.length)
    causes.set('calls', { name: 'calls', baseline: String(baseline.length), candidate: String(candidate.length) })
  return [...causes.values()]
}

function member(call: ExactValue | undefined, part: string): ExactValue {
  const value = call instanceof Map ? call.get(part) : undefined
  return value instanceof Map ? value : new Map()
}

function seedCauses(baseline: RecordView, candidate: RecordView): Cause[] {
  const { seed: before } = baseline
  const { seed: after } = candidate
  return before === after ? [] : [{ name: 'options.seed', baseline: before ?? null, candidate: after ?? null }]
}

/** Tokens of the prompt say that a template or a tokenizer moved; those of the answer follow from the answer. */
function inputUsageCauses(baseline: ExactObject, candidate: ExactObject): Cause[] {
  return [...baseline.keys()]
    .filter((name) => /input|prompt/.test(name) && !name.includes('cache') && candidate.has(name))
    .flatMap((name) => leafDifferences(`usage.${name}`, baseline.get(name), candidate.get(name)))
}
