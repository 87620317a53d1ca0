import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A record in the shape of ours, before it is written. */
export interface SyntheticRecord {
  [key: string]: unknown
  custom: Record<string, unknown>
  output: unknown
  output_text: string | null
  scores: Record<string, unknown>
  status: string
}

export interface SyntheticRunOptions {
  records?: number
  runId?: string
  repeats?: number
  probes?: readonly string[]
  models?: readonly string[]
  /** Changes a record before it is written, or leaves it out by returning undefined. */
  edit?: (record: SyntheticRecord, index: number) => SyntheticRecord | undefined
  manifest?: Record<string, unknown>
}

/** Writes a run directory of ours without running anything, and gives its path back. */
export function writeSyntheticRun(directory: string, options: SyntheticRunOptions = {}): string {
  const { records = 10, edit = (record) => record } = options
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'records.jsonl')
  const file = openSync(path, 'w')
  const digest = createHash('sha256')
  const counts = { record: 0, success: 0, error: 0 }
  let pending = ''
  const flush = (): void => {
    const bytes = Buffer.from(pending)
    writeSync(file, bytes)
    digest.update(bytes)
    pending = ''
  }
  for (let index = 0; index < records; index++) {
    const record = edit(syntheticRecord(index, options), index)
    if (record === undefined) continue
    counts.record += 1
    if (record.status === 'success') counts.success += 1
    if (record.status === 'error') counts.error += 1
    pending += `${JSON.stringify(record)}\n`
    if (pending.length > 1 << 20) flush()
  }
  flush()
  closeSync(file)
  writeFileSync(
    join(directory, 'manifest.json'),
    JSON.stringify(
      {
        ...syntheticManifest(options, counts),
        custom: { digests: { 'records.jsonl': digest.digest('hex') }, repeats: options.repeats ?? 1 },
        ...options.manifest,
      },
      null,
      2,
    ),
  )
  return directory
}

export function syntheticRecord(index: number, options: SyntheticRunOptions = {}): SyntheticRecord {
  const { runId = '0123456789abcdef0123456789abcdef', repeats = 1, probes = ['logic'], models = ['model-1'] } = options
  const repeat = index % repeats
  const place = Math.floor(index / repeats)
  const probe = probes[place % probes.length]!
  const model = models[Math.floor(place / probes.length) % models.length]!
  const item = Math.floor(place / (probes.length * models.length))
  const passed = (item * 2654435761) % 100 < 70 ? 1 : 0
  const text = `The answer to question ${item} is ${item * 7}, because each of the ${item} boxes holds seven. Checked twice.`
  return {
    completed_at: `2006-08-30T17:55:34.${String(2 * (index % 499_999) + 1).padStart(6, '0')}+00:00`,
    custom: {
      calls: [{ finish: { kind: 'stop', raw: 'stop' }, served: { fingerprint: 'fp_1', model: `${model}-2026-01-01` } }],
      explanation: `Read "${item * 7}" as the answer.`,
      harness: { model_id: model, model_name: model, model_type: 'fake', probe_name: probe, probe_type: probe },
      output_fingerprint: null,
      record_index: index,
      repeat,
      replicate_key: (index + 1).toString(16).padStart(16, '0'),
    },
    dataset: {
      dataset_hash: 'sha256:00',
      dataset_id: 'questions',
      dataset_version: null,
      params: {},
      provenance: 'jsonl',
    },
    error: null,
    error_type: null,
    example_id: `q-${item}`,
    input: { question: `How many apples are in ${item} boxes of seven?`, reference: String(item * 7) },
    latency_ms: null,
    messages: null,
    messages_hash: null,
    messages_storage: null,
    model: { model_id: model, params: { max_tokens: 8192 }, provider: 'fake' },
    output: text,
    output_text: text,
    primary_metric: 'accuracy',
    probe: { params: {}, probe_id: probe, probe_version: '1' },
    run_id: runId,
    schema_version: '1.0.1',
    scores: { accuracy: passed },
    started_at: `2006-08-30T17:55:34.${String(2 * (index % 499_999)).padStart(6, '0')}+00:00`,
    status: 'success',
    usage: { input_tokens: 12, output_tokens: 25 },
  }
}

function syntheticManifest(
  { runId = '0123456789abcdef0123456789abcdef' }: SyntheticRunOptions,
  counts: { record: number; success: number; error: number },
): Record<string, unknown> {
  return {
    completed_at: '2006-08-30T17:55:35+00:00',
    created_at: '2006-08-30T17:55:34+00:00',
    error_count: counts.error,
    library_version: '1.0.0',
    model: { model_id: 'harness', params: {}, provider: 'fake' },
    probe: { params: {}, probe_id: 'harness', probe_version: null },
    record_count: counts.record,
    records_file: 'records.jsonl',
    run_completed: true,
    run_id: runId,
    schema_version: '1.0.1',
    started_at: '2006-08-30T17:55:34+00:00',
    success_count: counts.success,
  }
}
