import { InsideLLMsError, type JsonObject, type JsonValue, type ProbeResult, type Usage } from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'
import type { Experiment, Task } from '../run/experiment.ts'
import type { MadeCall } from '../run/item-calls.ts'
import { sha256 } from '../sha256.ts'
import { schemaVersion } from './schema-version.ts'
import type { SyntheticTime } from './synthetic-time.ts'

export type RecordStatus = 'success' | 'error' | 'timeout' | 'rate_limited'

/** One line of records.jsonl, which is the same whenever the item, the answers and the probe are the same. */
export interface ItemRecord {
  line: string
  status: RecordStatus
  scores: Record<string, number>
}

/** What came of an item. */
export type ItemOutcome = { result: ProbeResult } | { error: unknown }

/** What is the same in all records of an experiment: pieces of their text, from one value that varies to the next. */
interface Constants {
  dataset: string
  harness: string
  model: string
  probe: string
  /** The beginning of what the replicate key is the hash of. */
  key: string
}

/**
 * Builds records of the Python original's schema, keys in their canonical order. What is constant is serialised once per
 * experiment, and the rest once per record.
 */
export class RecordBuilder {
  readonly #time: SyntheticTime
  readonly #runId: string
  readonly #constants = new Map<Experiment, Constants>()

  constructor(runId: string, time: SyntheticTime) {
    this.#runId = runId
    this.#time = time
  }

  build(task: Task, outcome: ItemOutcome, calls: readonly MadeCall[], seed: number | undefined): ItemRecord {
    const constants = this.#constantsOf(task.experiment)
    const { status, result, error, errorType } = judge(outcome)
    const { index } = task
    const output = result?.output ?? null
    const outputText = canonicalJson(output)
    const scores = result?.scores ?? {}
    const line =
      `{"completed_at":"${this.#time.at(2 * index + 1)}","custom":{"calls":${callsText(calls)}` +
      (result?.explanation === undefined ? '' : `,"explanation":${JSON.stringify(result.explanation)}`) +
      constants.harness +
      (typeof output === 'object' && output !== null ? `"${sha256(outputText).slice(0, 12)}"` : 'null') +
      (result?.custom === undefined ? '' : `,"probe":${canonicalJson(result.custom)}`) +
      `,"record_index":${index},"repeat":${task.repeat},"replicate_key":"${replicateKey(constants.key, task)}"` +
      `${seed === undefined ? '' : `,"seed":${seed}`}${constants.dataset}${nullable(error)},"error_type":${nullable(errorType)}` +
      `,"example_id":${JSON.stringify(task.exampleId)},"input":${canonicalJson(task.item)},"latency_ms":null,"messages":null` +
      `,"messages_hash":${messagesHash(calls)},"messages_storage":${calls.length === 0 ? 'null' : '"calls.jsonl"'}` +
      `${constants.model}${outputText},"output_text":${textOf(output)},"primary_metric":${nullable(result?.primaryMetric)}` +
      `${constants.probe}${canonicalJson(scores)},"started_at":"${this.#time.at(2 * index)}","status":"${status}"` +
      `,"usage":${usageText(result?.usage, calls)}}\n`
    return { line, status, scores }
  }

  #constantsOf(experiment: Experiment): Constants {
    let constants = this.#constants.get(experiment)
    if (constants === undefined) {
      const { model, probe, dataset } = experiment
      const harness = {
        model_id: model.label,
        model_name: model.info.name,
        model_type: model.entry.type,
        probe_name: probe.probe.name,
        probe_type: probe.label,
      }
      constants = {
        dataset: `},"dataset":${canonicalJson(dataset.facts)},"error":`,
        harness: `,"harness":${canonicalJson(harness)},"output_fingerprint":`,
        key: `[${JSON.stringify(model.label)},${JSON.stringify(probe.label)},`,
        model: `,"model":${canonicalJson(modelSpec(experiment))},"output":`,
        probe: `,"probe":${canonicalJson(probeSpec(experiment))},"run_id":"${this.#runId}","schema_version":"${schemaVersion}","scores":`,
      }
      this.#constants.set(experiment, constants)
    }
    return constants
  }
}

/** `model` of records and manifests: the id, and all of `info()`. */
export function modelSpec({ model: { info } }: Pick<Experiment, 'model'>): JsonObject {
  return {
    model_id: info.modelId,
    params: {
      extra: info.extra,
      max_tokens: info.maxTokens,
      model_id: info.modelId,
      name: info.name,
      provider: info.provider,
      supports_chat: info.supportsChat,
      supports_streaming: info.supportsStreaming,
    },
    provider: info.provider,
  }
}

/** `probe` of records and manifests. */
export function probeSpec({ probe: { probe, entry } }: Pick<Experiment, 'probe'>): JsonObject {
  return { params: entry.args as JsonObject, probe_id: probe.name, probe_version: probe.version }
}

interface Judged {
  status: RecordStatus
  result: ProbeResult | undefined
  error: string | null
  errorType: string | null
}

function judge(outcome: ItemOutcome): Judged {
  if ('result' in outcome) return { status: 'success', result: outcome.result, error: null, errorType: null }
  const { error } = outcome
  if (InsideLLMsError.isInstance(error)) {
    const { code, message } = error
    const status = code === 'timeout' || code === 'rate_limited' ? code : 'error'
    return { status, result: undefined, error: message, errorType: code }
  }
  const known = error instanceof Error
  return {
    status: 'error',
    result: undefined,
    error: known ? error.message : String(error),
    errorType: known ? error.name : 'Error',
  }
}

/** What answered, and how each answer ended, in the order of asking. Ids and times are in calls.jsonl. */
function callsText(calls: readonly MadeCall[]): string {
  let text = '['
  for (const [index, { asked, response }] of calls.entries()) {
    if (index > 0) text += ','
    if (response === undefined) {
      text += 'null'
      continue
    }
    const { finish, served } = response
    text += `{"finish":{"kind":${JSON.stringify(finish.kind)},"raw":${nullable(finish.raw)}}`
    text += asked.judge ? `,"judge":${JSON.stringify(asked.label)},"served":{` : ',"served":{'
    let first = true
    for (const key of servedKeys) {
      const value = served[key]
      if (value === undefined) continue
      text += `${first ? '' : ','}"${key}":${JSON.stringify(value)}`
      first = false
    }
    text += '}}'
  }
  return `${text}]`
}

/** The part of `served` that says what answered, sorted. */
const servedKeys = ['engine', 'fingerprint', 'model', 'quantization', 'route', 'sha256'] as const

/** The same for the same item in every run that calls its models and probes the same. */
function replicateKey(key: string, { exampleId, repeat }: Task): string {
  return sha256(`${key}${JSON.stringify(exampleId)},${repeat}]`).slice(0, 16)
}

function nullable(text: string | null | undefined): string {
  return text === null || text === undefined ? 'null' : JSON.stringify(text)
}

/** Of the messages of an item's one call, or of the list of all calls' messages. A judge's are not part of the prompt. */
function messagesHash(calls: readonly MadeCall[]): string {
  const texts = calls.filter(({ asked }) => !asked.judge).map(({ request }) => request.messages)
  if (texts.length === 0) return 'null'
  return `"${sha256(texts.length === 1 ? texts[0]! : `[${texts.join(',')}]`)}"`
}

function textOf(output: JsonValue): string {
  if (typeof output === 'string') return JSON.stringify(output)
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return 'null'
  const text = output['output_text'] ?? output['text']
  return typeof text === 'string' && text !== '' ? JSON.stringify(text) : 'null'
}

const usageKeys = [
  ['cache_write_tokens', 'cacheWriteTokens'],
  ['cached_input_tokens', 'cachedInputTokens'],
  ['input_tokens', 'inputTokens'],
  ['output_tokens', 'outputTokens'],
  ['reasoning_tokens', 'reasoningTokens'],
  ['total_tokens', 'totalTokens'],
] as const

/** The probe's own count, else the sum of what the model's calls reported. A field that nobody reported is left out. */
function usageText(given: Usage | undefined, calls: readonly MadeCall[]): string {
  let text = '{'
  for (const [name, key] of usageKeys) {
    let sum: number | undefined
    if (given !== undefined) sum = given[key]
    else
      for (const { asked, response } of calls) {
        const part = asked.judge ? undefined : response?.usage?.[key]
        if (part !== undefined) sum = (sum ?? 0) + part
      }
    if (Number.isFinite(sum)) text += `${text === '{' ? '' : ','}"${name}":${sum}`
  }
  return `${text}}`
}
