import {
  type ChatMessage,
  type ImagePart,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type LedgerEntry,
  type ModelRequest,
  OptionWriter,
  type ReasoningOptions,
  type ResponseFormat,
  type ResponsePart,
  type TextPart,
  toBase64,
  type ToolChoice,
  type ToolDefinition,
} from '@insidellms/core/driver'

/**
 * The last version of the API that takes temperature, top_p and top_k, on the models that still do; the next one answers
 * 400 to any of them. Source: https://platform.claude.com/docs/en/api/versioning
 */
export const lastVersionWithSampling = '2023-06-01'

export interface MessagesTarget {
  modelId: string
  /** The most tokens that the model can generate, where it is known. */
  outputLimit: number | undefined
  /** The version that every call is made with, where the caller fixed one. */
  apiVersion: string | undefined
  /** A whole answer of more tokens than this is asked for as a stream. */
  streamAbove: number
}

export interface MessagesRequest {
  body: JsonObject
  ledger: Ledger
  /** Undefined leaves it to the SDK. */
  apiVersion: string | undefined
}

/**
 * The body of a request to the messages API, the ledger of its options, and the version of the API that takes them.
 *
 * Source: https://platform.claude.com/docs/en/api/messages/create
 */
export function toMessagesRequest(
  request: ModelRequest,
  target: MessagesTarget,
  mode: 'whole' | 'stream',
): MessagesRequest {
  const { options } = request
  const changes = new Set<string>()
  const { system, messages } = toMessages(request.messages, changes)
  const writer = new OptionWriter(request, 'anthropic')
  const maxTokens = writeMaxTokens(writer, options, target.outputLimit)
  for (const [option, wire] of [
    ['temperature', '/temperature'],
    ['topP', '/top_p'],
  ] as const) {
    const value = options[option] ?? 0
    if (value >= 0 && value <= 1) writer.send(option, wire)
    else writer.refuse(option, `the API takes 0 to 1; it is ${value}`)
  }
  writer
    .send('topK', '/top_k')
    .send('stop', '/stop_sequences')
    .map('responseFormat', '/output_config/format', toFormat, 'the API takes a JSON schema alone, and enforces it')
    .map('tools', '/tools', (tools) => tools.map(toTool))
  if (options.tools?.length) writer.map('toolChoice', '/tool_choice', toToolChoice)
  else writer.refuse('toolChoice', 'it needs tools')
  const thinking = writeReasoning(writer, options.reasoning)

  const stream = mode === 'stream' || Number(request.providerOptions?.['max_tokens'] ?? maxTokens) > target.streamAbove
  const own = { model: target.modelId, messages, ...(system !== undefined && { system }), ...(stream && { stream }) }
  const { body, ledger } = writer.finish(own)
  if (thinking !== undefined && body['thinking'] === thinking.value) ledger['thinking'] = thinking
  if (changes.size > 0) ledger['messages'] = { status: 'adjusted', wire: '/messages', reason: [...changes].join('; ') }
  return { body, ledger, apiVersion: target.apiVersion ?? versionFor(body, ledger) }
}

function versionFor(body: JsonObject, ledger: Ledger): string | undefined {
  if (!['temperature', 'top_p', 'top_k'].some((field) => Object.hasOwn(body, field))) return undefined
  for (const option of ['temperature', 'topP', 'topK'])
    if (ledger[option]?.status === 'sent')
      ledger[option].reason = `with anthropic-version ${lastVersionWithSampling}: later ones take no such option`
  return lastVersionWithSampling
}

/** The API demands a number. Thinking counts as output, so a number of ours goes on top of its budget. */
function writeMaxTokens(
  writer: OptionWriter,
  { maxTokens, reasoning }: ModelRequest['options'],
  outputLimit: number | undefined,
): number {
  const sent = maxTokens ?? outputLimit ?? 4096 + (reasoning?.budgetTokens ?? 0)
  if (maxTokens !== undefined) writer.send('maxTokens', '/max_tokens')
  else {
    const why = outputLimit === undefined ? "the model's limit is not known" : "this is the model's limit"
    writer.adjust('maxTokens', '/max_tokens', sent, `the API demands a number, and ${why}`)
  }
  return sent
}

/** @returns the ledger entry of `thinking` where an effort, which is the option's own entry, stands beside it. */
function writeReasoning(writer: OptionWriter, asked: ReasoningOptions = {}): LedgerEntry | undefined {
  const { effort, budgetTokens } = asked
  if (effort === undefined && budgetTokens === undefined) {
    writer.refuse('reasoning', 'it has neither an effort nor a budget')
    return undefined
  }
  const [thinking, reason] = toThinking(effort, budgetTokens)
  if (reason === undefined) writer.map('reasoning', '/thinking', () => thinking)
  else writer.adjust('reasoning', '/thinking', thinking, reason)
  if (effort === undefined || effort === 'none') return undefined
  if (effort !== 'minimal') writer.map('reasoning', '/output_config/effort', () => effort)
  else writer.adjust('reasoning', '/output_config/effort', 'low', 'low is the least effort that the API takes')
  const entry = { wire: '/thinking', value: thinking }
  return reason === undefined ? { status: 'mapped', ...entry } : { status: 'adjusted', ...entry, reason }
}

function toThinking(effort: ReasoningOptions['effort'], budget: number | undefined): [JsonObject, string?] {
  if (effort === 'none')
    return budget ? [{ type: 'disabled' }, 'an effort of none has no budget'] : [{ type: 'disabled' }]
  if (budget === 0 && effort === undefined) return [{ type: 'disabled' }]
  if (!budget) return [{ type: 'adaptive' }, 'without it some models do not think, whatever the effort']
  if (budget < 1024) return [{ type: 'enabled', budget_tokens: 1024 }, 'the smallest budget is 1024']
  return [{ type: 'enabled', budget_tokens: budget }]
}

function toFormat(format: ResponseFormat): JsonValue | undefined {
  if (format.type === 'json') return undefined
  return format.type === 'text' ? null : { type: 'json_schema', schema: format.schema }
}

function toTool({ name, description, parameters, strict }: ToolDefinition): JsonValue {
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: { type: 'object', ...parameters },
    ...(strict !== undefined && { strict }),
  }
}

function toToolChoice(choice: ToolChoice): JsonValue {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.name }
  return { type: choice === 'required' ? 'any' : choice }
}

/** System messages at the start are the system prompt; later ones stay in their places, which newer models take. */
function toMessages(all: readonly ChatMessage[], changes: Set<string>): { system?: JsonValue; messages: JsonObject[] } {
  const start = all.findIndex(({ role }) => role !== 'system')
  const leading = start < 0 ? all : all.slice(0, start)
  const messages: JsonObject[] = []
  let results: JsonObject[] | undefined
  for (const message of all.slice(leading.length)) {
    if (message.role === 'tool') {
      // The API wants the results of parallel calls together, in the turn behind the calls.
      if (results === undefined) messages.push({ role: 'user', content: (results = []) })
      const { toolCallId, content, isError } = message
      results.push({ type: 'tool_result', tool_use_id: toolCallId, content, ...(isError && { is_error: true }) })
    } else {
      results = undefined
      messages.push(...toMessage(message, changes))
    }
  }
  if (leading.length < 2) return { ...(leading[0] && { system: leading[0].content as string }), messages }
  return { system: leading.map(({ content }) => ({ type: 'text', text: content as string })), messages }
}

function toMessage(message: Exclude<ChatMessage, { role: 'tool' }>, changes: Set<string>): JsonObject[] {
  const { role, content } = message
  if (role === 'system') return [{ role, content }]
  if (role === 'user') {
    if (typeof content === 'string') return [{ role, content }]
    return [{ role, content: content.map((part) => toInputBlock(part, changes)) }]
  }
  const blocks = typeof content === 'string' ? content : content.flatMap((part) => toBlock(part, changes))
  if (blocks.length > 0) return [{ role, content: blocks }]
  changes.add('assistant turns with nothing in them were left out')
  return []
}

function toInputBlock(part: TextPart | ImagePart, changes: Set<string>): JsonObject {
  if (part.type === 'text') return { ...ownFields(part), type: 'text', text: part.text }
  const { image, mediaType = 'image/png', detail } = part
  if (detail === 'low' || detail === 'high') changes.add('the API has no detail of images')
  if (typeof image !== 'string')
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data: toBase64(image) } }
  const [, type, data] = /^data:([^;,]+);base64,(.*)$/s.exec(image) ?? []
  const source = data === undefined ? { type: 'url', url: image } : { type: 'base64', media_type: type!, data }
  return { type: 'image', source }
}

/** Blocks of this API that have no portable form; other vendors' would be refused. */
const returnable = /(_tool_use|_tool_result|_tool_listing)$|^(container_upload|compaction|connector_text|fallback)$/

/** What came from this API goes back as it came: thinking has a signature, and server tools have their own ids. */
function toBlock(part: ResponsePart, changes: Set<string>): JsonObject[] {
  switch (part.type) {
    case 'text':
      return part.text === ''
        ? []
        : [{ ...ownFields(part), type: 'text', text: part.text, ...toCitations(part.annotations, changes) }]
    case 'refusal':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }]
    case 'tool-call':
      return [
        { ...ownFields(part), type: 'tool_use', id: part.id, name: part.name, input: toInput(part.arguments, changes) },
      ]
    case 'reasoning': {
      const block = ownFields(part)
      if (block['type'] === 'thinking') return [{ ...block, thinking: part.text }]
      if (block['type'] === 'redacted_thinking') return [block]
      changes.add('reasoning that did not come from this API was left out')
      return []
    }
    case 'other':
      if (returnable.test(String(part.data['type']))) return [part.data]
      changes.add(`${part.kind} was left out`)
      return []
  }
}

function ownFields({ providerMetadata }: { providerMetadata?: JsonObject }): JsonObject {
  const fields = providerMetadata?.['anthropic']
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? fields : {}
}

/** Citations of this API have types such as `page_location`. It reports a `file_id` with them, and takes none. */
function toCitations(annotations: JsonObject[] = [], changes: Set<string>): JsonObject {
  const citations = annotations
    .filter(({ type }) => typeof type === 'string' && type.endsWith('_location'))
    .map((citation) => Object.fromEntries(Object.entries(citation).filter(([field]) => field !== 'file_id')))
  if (citations.length < annotations.length) changes.add('annotations that did not come from this API were left out')
  return citations.length > 0 ? { citations } : {}
}

function toInput(text: string, changes: Set<string>): JsonObject {
  try {
    const input: unknown = JSON.parse(text || '{}')
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as JsonObject
  } catch {
    // A call that was cut, or written wrongly.
  }
  // Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
  changes.add('arguments that are no JSON object went as { INVALID_JSON }')
  return { INVALID_JSON: text }
}
