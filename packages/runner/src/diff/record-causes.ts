import type { ExactObject, ExactValue } from '../read/exact-json.ts'
import type { RecordView } from '../read/record-view.ts'
import type { Cause } from './diff-report.ts'
import { leafDifferences } from './leaf-differences.ts'

/** Members of `custom` that follow from the item, its place or its output, and so explain nothing. */
const noCause: ReadonlySet<string> = new Set([
  'harness',
  'output_fingerprint',
  'record_index',
  'replicate_key',
  'timeout',
  'tool_calls',
  'trace',
  'trace_events',
  'trace_fingerprint',
  'trace_violations',
])

/** What moved between two records of one item, beside what the model gave back. */
export function recordCauses(baseline: RecordView, candidate: RecordView): Cause[] {
  const causes: Cause[] = []
  const moved = (field: 'model' | 'probe' | 'dataset' | 'custom' | 'usage', name: string): void => {
    if (baseline.sameBytes(candidate, field)) return
    causes.push(...leafDifferences(name, cleaned(baseline.object(field)), cleaned(candidate.object(field))))
  }
  for (const field of ['input', 'messages'] as const)
    if (!baseline.sameBytes(candidate, field))
      causes.push(
        ...leafDifferences(
          field === 'input' ? 'prompt.input' : 'prompt.messages',
          baseline.value(field),
          candidate.value(field),
        ),
      )
  moved('model', 'model')
  moved('probe', 'probe')
  moved('dataset', 'dataset')
  moved('custom', '')
  moved('usage', 'usage')
  return causes
}

function cleaned(value: ExactObject): ExactObject {
  const kept: ExactObject = new Map<string, ExactValue>()
  for (const [key, inner] of value) if (!noCause.has(key)) kept.set(key, inner)
  return kept
}
