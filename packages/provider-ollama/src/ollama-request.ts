import {
  type AssistantMessage,
  type ChatMessage,
  InsideLLMsError,
  type JsonObject,
  type Ledger,
  type ModelRequest,
  OptionWriter,
  toBase64,
  type UserMessage,
} from '@insidellms/core/driver'

export interface OllamaRequestTarget {
  modelId: string
  api: 'chat' | 'generate'
  stream: boolean
  /** Tokens of the window, `num_ctx`. */
  contextSize: number
  /** Whether the caller chose `contextSize`. */
  chosen: boolean
  keepAlive: string | number | undefined
}

/**
 * The body of a request, and the ledger of its options.
 *
 * Source: https://github.com/ollama/ollama/blob/main/docs/api.md
 */
export function toOllamaRequest(
  request: ModelRequest,
  target: OllamaRequestTarget,
): { body: JsonObject; ledger: Ledger } {
  const { modelId, api, stream, contextSize, chosen, keepAlive } = target
  const { logprobs, responseFormat, tools, toolChoice, reasoning } = request.options
  const writer = new OptionWriter(request, 'ollama')
    .send('temperature', '/options/temperature')
    .send('topP', '/options/top_p')
    .send('topK', '/options/top_k')
    .send('maxTokens', '/options/num_predict')
    .send('stop', '/options/stop')
    .send('seed', '/options/seed')
    .send('presencePenalty', '/options/presence_penalty')
    .send('frequencyPenalty', '/options/frequency_penalty')
    .send('logprobs', '/logprobs')
  if (logprobs === true) writer.send('topLogprobs', '/top_logprobs')
  else writer.refuse('topLogprobs', 'it needs logprobs: true')
  if (responseFormat?.type === 'text') writer.imply('responseFormat', 'text is what it answers unasked')
  else writer.map('responseFormat', '/format', (format) => (format.type === 'json_schema' ? format.schema : 'json'))
  if (api === 'chat')
    writer.map('tools', '/tools', (list) =>
      list.map(({ name, description, parameters }) => ({
        type: 'function',
        function: { name, ...(description !== undefined && { description }), parameters },
      })),
    )
  else writer.refuse('tools', 'the generate endpoint has none')
  if (toolChoice === 'auto' && tools !== undefined) writer.imply('toolChoice', 'auto is what it does with tools')
  else writer.refuse('toolChoice', 'the API leaves the choice to the model')
  writeThink(writer, reasoning)

  const { messages, changes } = toMessages(request.messages)
  const { body, ledger } = writer.finish({
    model: modelId,
    ...(api === 'chat' ? { messages } : toPrompt(messages)),
    stream,
    // Servers that know these two answer with an error and not with a cut prompt; older ones pass them over.
    truncate: false,
    shift: false,
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
  })
  const options = (body['options'] ??= {}) as JsonObject
  if (options['num_ctx'] === undefined) options['num_ctx'] = contextSize
  ledger['contextSize'] = {
    status: chosen ? 'mapped' : 'adjusted',
    wire: '/options/num_ctx',
    value: options['num_ctx']!,
    ...(!chosen && { reason: 'always sent, because a window that the server chooses makes answers unrepeatable' }),
  }
  if (changes.size > 0) ledger['messages'] = { status: 'adjusted', wire: '/messages', reason: [...changes].join('; ') }
  return { body, ledger }
}

const efforts: Readonly<Record<string, boolean | string>> = {
  none: false,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'max',
}

function writeThink(writer: OptionWriter, reasoning: ModelRequest['options']['reasoning']): void {
  if (reasoning === undefined) return
  const { effort, budgetTokens } = reasoning
  const noBudget = 'the API takes an effort, and no budget of tokens'
  if (effort === undefined) writer.refuse('reasoning', noBudget)
  else if (effort === 'minimal') writer.adjust('reasoning', '/think', 'low', 'low is the least that it knows')
  else if (budgetTokens !== undefined) writer.adjust('reasoning', '/think', efforts[effort]!, noBudget)
  else writer.map('reasoning', '/think', () => efforts[effort]!)
}

interface OllamaMessages {
  messages: JsonObject[]
  changes: Set<string>
}

function toMessages(messages: readonly ChatMessage[]): OllamaMessages {
  const changes = new Set<string>()
  return { messages: messages.map((message) => toMessage(message, changes)), changes }
}

function toMessage(message: ChatMessage, changes: Set<string>): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content }
    case 'user':
      return toUser(message)
    case 'assistant':
      return toAssistant(message, changes)
    case 'tool':
      return {
        role: 'tool',
        content: message.content,
        tool_call_id: message.toolCallId,
        ...(message.toolName !== undefined && { tool_name: message.toolName }),
      }
  }
}

function toUser({ content }: UserMessage): JsonObject {
  if (typeof content === 'string') return { role: 'user', content }
  const images: string[] = []
  let text = ''
  for (const part of content)
    if (part.type === 'text') text += part.text
    else images.push(toImage(part.image))
  return { role: 'user', content: text, ...(images.length > 0 && { images }) }
}

function toImage(image: string | Uint8Array): string {
  if (typeof image !== 'string') return toBase64(image)
  const [, data] = /^data:[^,]*;base64,(.*)$/s.exec(image) ?? []
  if (data !== undefined) return data
  throw new InsideLLMsError(
    'unsupported',
    'ollama takes images as bytes and fetches none: read the URL yourself, and give its bytes.',
    {
      provider: 'ollama',
    },
  )
}

function toAssistant({ content }: AssistantMessage, changes: Set<string>): JsonObject {
  if (typeof content === 'string') return { role: 'assistant', content }
  let text = ''
  let thinking = ''
  const calls: JsonObject[] = []
  for (const part of content) {
    if (part.type === 'text' || part.type === 'refusal') text += part.text
    else if (part.type === 'reasoning') thinking += part.text
    else if (part.type === 'tool-call')
      calls.push({ id: part.id, function: { name: part.name, arguments: toArguments(part.arguments, changes) } })
    else changes.add(`the part ${part.kind} of an earlier turn has no place there and was left out`)
  }
  return {
    role: 'assistant',
    content: text,
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** The API takes an object; what the model wrote may be none. */
function toArguments(text: string, changes: Set<string>): JsonObject {
  try {
    const value: unknown = JSON.parse(text || '{}')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch {
    // Said below.
  }
  changes.add('arguments of an earlier tool call that are no JSON object were sent as { "text": ... }')
  return { text }
}

/** The generate endpoint takes one text, and perhaps a system text before it. */
function toPrompt(messages: JsonObject[]): JsonObject {
  const system = messages.filter(({ role }) => role === 'system')
  const others = messages.filter(({ role }) => role !== 'system')
  const [message] = others
  if (others.length !== 1 || message?.['role'] !== 'user')
    throw new InsideLLMsError(
      'unsupported',
      "ollama: the generate endpoint takes one user message. For a chat set api: 'chat', the default.",
      {
        provider: 'ollama',
      },
    )
  return {
    prompt: message['content']!,
    ...(message['images'] !== undefined && { images: message['images'] }),
    ...(system.length > 0 && { system: system.map(({ content }) => content).join('\n\n') }),
  }
}
