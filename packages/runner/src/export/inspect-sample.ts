import { outputText } from '../diff/compare-records.ts'
import { ExactNumber, type ExactObject, type ExactValue, plainValue } from '../read/exact-json.ts'
import type { RecordView } from '../read/record-view.ts'
import { lastCall, textOf } from './export-row.ts'

/** Our ways to end, in Inspect's words. */
const stopReasons: Readonly<Record<string, string>> = {
  stop: 'stop',
  length: 'max_tokens',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
}

/** Members of an item that hold what the answer should be. */
const targetFields = ['target', 'reference', 'reference_answer', 'answer', 'expected'] as const
/** Members of an item that hold what was asked. */
const inputFields = ['prompt', 'question', 'input', 'task', 'text'] as const

/** One record as Inspect's EvalSample. The whole item is under `metadata.item`. */
export function inspectSample(record: RecordView): Record<string, unknown> {
  const { model } = record
  const item = record.value('input')
  const input = messagesOf(record) ?? inputText(item)
  const content = outputText(record) ?? textOf(record.value('output')) ?? ''
  const { served, finish } = lastCall(record)
  const servedModel = served.get('model')
  const answer = { role: 'assistant', content, source: 'generate', model }
  const failed = record.status !== 'success'
  const kind = finish.get('kind')
  return {
    id: record.example,
    epoch: record.repeat + 1,
    input,
    target: targetText(item),
    messages: [
      ...(typeof input === 'string' ? [{ role: 'user', content: input, source: 'input' }] : input),
      ...(failed ? [] : [answer]),
    ],
    output: {
      model: typeof servedModel === 'string' ? servedModel : model,
      choices: failed
        ? []
        : [{ message: answer, stop_reason: stopReasons[typeof kind === 'string' ? kind : ''] ?? 'unknown' }],
      completion: failed ? '' : content,
      usage: usageOf(record),
    },
    scores: scoresOf(record, content),
    metadata: { item: plainValue(item), status: record.status, record_line: record.line, served: plainValue(served) },
    store: {},
    events: [],
    model_usage: { [model]: usageOf(record) },
    attachments: {},
    ...(failed ? { error: errorOf(record) } : {}),
  }
}

/** Inspect's ModelUsage; fields that were not reported are left out. */
export function usageOf(record: RecordView): Record<string, number> {
  const usage = record.object('usage')
  const names: readonly [ours: string, theirs: string][] = [
    ['input_tokens', 'input_tokens'],
    ['prompt_tokens', 'input_tokens'],
    ['output_tokens', 'output_tokens'],
    ['completion_tokens', 'output_tokens'],
    ['total_tokens', 'total_tokens'],
    ['cached_input_tokens', 'input_tokens_cache_read'],
    ['cache_write_tokens', 'input_tokens_cache_write'],
    ['reasoning_tokens', 'reasoning_tokens'],
  ]
  const counts: Record<string, number> = {}
  for (const [ours, theirs] of names) {
    const value = usage.get(ours)
    if (value instanceof ExactNumber) counts[theirs] = value.value
  }
  return counts
}

/** Normalised messages, which the Python original's `run` keeps. */
function messagesOf(record: RecordView): { role: string; content: string }[] | undefined {
  const messages = record.value('messages')
  if (!Array.isArray(messages) || messages.length === 0) return undefined
  return messages.flatMap((message) => {
    if (!(message instanceof Map)) return []
    const role = message.get('role')
    return [{ role: typeof role === 'string' ? role : 'user', content: textOf(message.get('content') ?? null) ?? '' }]
  })
}

function inputText(item: ExactValue): string {
  return (item instanceof Map ? firstText(item, inputFields) : undefined) ?? textOf(item) ?? ''
}

function targetText(item: ExactValue): string | string[] {
  if (!(item instanceof Map)) return ''
  const target = targetFields.map((name) => item.get(name)).find((value) => value !== undefined && value !== null)
  if (Array.isArray(target)) return target.map((value) => textOf(value) ?? '')
  return textOf(target ?? null) ?? ''
}

function firstText(item: ExactObject, fields: readonly string[]): string | undefined {
  return fields.map((name) => item.get(name)).find((value) => typeof value === 'string')
}

function scoresOf(record: RecordView, answer: string): Record<string, unknown> {
  const { explanation } = record
  const scores = [...record.object('scores')].filter(([, value]) => value instanceof ExactNumber)
  return Object.fromEntries(
    scores.map(([name, value]) => [
      name,
      { value: (value as ExactNumber).value, answer, ...(explanation === undefined ? {} : { explanation }) },
    ]),
  )
}

function errorOf(record: RecordView): Record<string, string> {
  const message = [record.string('error_type'), record.string('error')].filter(Boolean).join(': ') || record.status
  return { message, traceback: message, traceback_ansi: message }
}
