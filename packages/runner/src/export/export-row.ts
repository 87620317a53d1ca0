import { outputText } from '../diff/compare-records.ts'
import { ExactNumber, type ExactObject, type ExactValue, exactText } from '../read/exact-json.ts'
import type { RecordView } from '../read/record-view.ts'

export type ColumnKind = 'text' | 'integer' | 'number'

export interface ExportColumn {
  name: string
  kind: ColumnKind
}

/** One record as a row of a table: a value per column, null where there is none. */
export type ExportRow = Record<string, string | number | null>

const scorePrefix = 'scores.'

const columns: readonly ExportColumn[] = [
  { name: 'run_id', kind: 'text' },
  { name: 'model', kind: 'text' },
  { name: 'probe', kind: 'text' },
  { name: 'example_id', kind: 'text' },
  { name: 'repeat', kind: 'integer' },
  { name: 'status', kind: 'text' },
  { name: 'primary_metric', kind: 'text' },
  { name: 'score', kind: 'number' },
  { name: 'error', kind: 'text' },
  { name: 'error_type', kind: 'text' },
  { name: 'input', kind: 'text' },
  { name: 'output', kind: 'text' },
  { name: 'explanation', kind: 'text' },
  { name: 'served_model', kind: 'text' },
  { name: 'fingerprint', kind: 'text' },
  { name: 'finish', kind: 'text' },
  { name: 'input_tokens', kind: 'integer' },
  { name: 'output_tokens', kind: 'integer' },
  { name: 'line', kind: 'integer' },
]

/** The same columns for every run, then one per score by name. */
export function exportColumns(scoreNames: readonly string[]): ExportColumn[] {
  return [...columns, ...scoreNames.map((name): ExportColumn => ({ name: `${scorePrefix}${name}`, kind: 'number' }))]
}

export function exportRow(record: RecordView, scoreNames: readonly string[]): ExportRow {
  const scores = record.object('scores')
  const usage = record.object('usage')
  const { served, finish } = lastCall(record)
  const row: ExportRow = {
    run_id: record.string('run_id') ?? null,
    model: record.model,
    probe: record.probe,
    example_id: record.example,
    repeat: record.repeat,
    status: record.status,
    primary_metric: record.string('primary_metric') ?? null,
    score: record.score ?? null,
    error: record.string('error') ?? null,
    error_type: record.string('error_type') ?? null,
    input: textOf(record.value('input')),
    output: outputText(record) ?? textOf(record.value('output')),
    explanation: record.explanation ?? null,
    served_model: textOf(served.get('model') ?? null),
    fingerprint: textOf(served.get('fingerprint') ?? null),
    finish: textOf(finish.get('kind') ?? null),
    input_tokens: numberOf(usage.get('input_tokens') ?? usage.get('prompt_tokens')),
    output_tokens: numberOf(usage.get('output_tokens') ?? usage.get('completion_tokens')),
    line: record.line,
  }
  for (const name of scoreNames) row[`${scorePrefix}${name}`] = numberOf(scores.get(name))
  return row
}

/** What served the last call of a record, and how it ended. */
export function lastCall(record: RecordView): { served: ExactObject; finish: ExactObject } {
  const { calls } = record
  const last = Array.isArray(calls) ? calls.at(-1) : undefined
  const part = (name: string): ExactObject => {
    const value = last instanceof Map ? last.get(name) : undefined
    return value instanceof Map ? value : new Map()
  }
  return { served: part('served'), finish: part('finish') }
}

export function textOf(value: ExactValue): string | null {
  return value === null || typeof value === 'string' ? value : exactText(value)
}

function numberOf(value: ExactValue | undefined): number | null {
  return value instanceof ExactNumber && Number.isFinite(value.value) ? value.value : null
}
