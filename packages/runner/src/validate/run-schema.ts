import {
  anyObject,
  anything,
  boolean,
  type Check,
  count,
  dateTime,
  listOf,
  nullable,
  number,
  oneOf,
  strictObject,
  text,
} from './check-shape.ts'

export const schemaVersions = ['1.0.0', '1.0.1'] as const

export type SchemaVersion = (typeof schemaVersions)[number]

export const statuses = ['success', 'error', 'timeout', 'rate_limited', 'skipped'] as const

const model = strictObject({ 'model_id!': text, provider: nullable(text), params: anyObject })
const probe = strictObject({ 'probe_id!': text, probe_version: nullable(text), params: anyObject })
const dataset = strictObject({
  dataset_id: nullable(text),
  dataset_version: nullable(text),
  dataset_hash: nullable(text),
  provenance: nullable(text),
  params: anyObject,
})

/** ResultRecord 1.0.0 and 1.0.1, which differ in nothing but the version's own text. */
export const recordShape: Check = strictObject({
  schema_version: text,
  'run_id!': text,
  'started_at!': dateTime,
  'completed_at!': dateTime,
  'model!': model,
  'probe!': probe,
  dataset,
  'example_id!': text,
  input: anything,
  messages: nullable(listOf(strictObject({ 'role!': text, 'content!': anything }))),
  messages_hash: nullable(text),
  messages_storage: nullable(text),
  output: anything,
  output_text: nullable(text),
  scores: anyObject,
  primary_metric: nullable(text),
  usage: anyObject,
  latency_ms: nullable(number),
  'status!': oneOf(...statuses),
  error: nullable(text),
  error_type: nullable(text),
  custom: anyObject,
})

const manifestFields: Record<string, Check> = {
  schema_version: text,
  'run_id!': text,
  'created_at!': dateTime,
  'started_at!': dateTime,
  'completed_at!': dateTime,
  library_version: nullable(text),
  python_version: nullable(text),
  platform: nullable(text),
  command: nullable(listOf(text)),
  'model!': model,
  'probe!': probe,
  dataset,
  record_count: count,
  success_count: count,
  error_count: count,
  records_file: text,
  schemas: anyObject,
  custom: anyObject,
}

/** RunManifest: `run_completed` came with 1.0.1. */
export const manifestShapes: Record<SchemaVersion, Check> = {
  '1.0.0': strictObject(manifestFields),
  '1.0.1': strictObject({ ...manifestFields, run_completed: boolean }),
}
