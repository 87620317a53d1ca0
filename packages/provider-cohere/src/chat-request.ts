import {
  type AssistantMessage,
  type ChatMessage,
  type ImagePart,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelRequest,
  OptionWriter,
  type PortableOption,
  type ReasoningOptions,
  type ResponseFormat,
  toBase64,
  type ToolDefinition,
} from '@insidellms/core/driver'

/**
 * The body of a request to the v2 chat API, and the ledger of its options.
 *
 * Source: https://docs.cohere.com/v2/reference/chat
 */
export function toChatRequest(
  request: ModelRequest,
  modelId: string,
  stream: boolean,
): { body: JsonObject; ledger: Ledger } {
  const { tools, seed, reasoning } = request.options
  const changes = new Set<string>()
  const messages = request.messages.flatMap((message) => toMessage(message, changes))
  const writer = new OptionWriter(request, 'cohere')
  writeWithin(writer, request, 'temperature', '/temperature', 0, 1)
  writeWithin(writer, request, 'topP', '/p', 0.01, 0.99)
  writeWithin(writer, request, 'topK', '/k', 0, 500)
  writeWithin(writer, request, 'presencePenalty', '/presence_penalty', 0, 1)
  writeWithin(writer, request, 'frequencyPenalty', '/frequency_penalty', 0, 1)
  if (seed !== undefined && seed < 0) writer.refuse('seed', 'the API takes no seed below 0')
  else writer.send('seed', '/seed')
  writer
    .send('maxTokens', '/max_tokens')
    .send('stop', '/stop_sequences')
    .send('logprobs', '/logprobs')
    .map('responseFormat', '/response_format', toResponseFormat)
  const strictTools = writeTools(writer, tools)
  writeToolChoice(writer, request.options)
  writeReasoning(writer, reasoning)

  const { body, ledger } = writer.finish({ model: modelId, messages, ...(stream && { stream }) })
  if (strictTools !== undefined && body['strict_tools'] === true) ledger['strictTools'] ??= strictTools
  if (changes.size > 0) ledger['messages'] = { status: 'adjusted', wire: '/messages', reason: [...changes].join('; ') }
  return { body, ledger }
}

type RangedOption = PortableOption & ('temperature' | 'topP' | 'topK' | 'presencePenalty' | 'frequencyPenalty')

/** Leaving such a value out would mean the API's own default, which is further away than the nearest value it takes. */
function writeWithin(
  writer: OptionWriter,
  { options, onUnsupported }: ModelRequest,
  option: RangedOption,
  wire: string,
  least: number,
  most: number,
): void {
  const value = options[option]
  if (value === undefined) return
  const nearest = Math.min(Math.max(value, least), most)
  const reason = `the API takes ${least} to ${most}; it is ${value}`
  if (nearest === value) writer.send(option, wire)
  else if (onUnsupported === 'error') writer.refuse(option, reason)
  else writer.adjust(option, wire, nearest, reason)
}

function toResponseFormat(format: ResponseFormat): JsonValue {
  if (format.type === 'text') return { type: 'text' }
  return { type: 'json_object', ...(format.type === 'json_schema' && { json_schema: format.schema }) }
}

/** @returns the ledger entry of the switch that makes the API hold to the schemas; it has one for all tools. */
function writeTools(writer: OptionWriter, tools: readonly ToolDefinition[] = []): Ledger[string] | undefined {
  const strict = tools.filter((tool) => tool.strict === true).length
  if (strict > 0) writer.map('tools', '/strict_tools', () => true)
  writer.map('tools', '/tools', (list) =>
    list.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, ...(description !== undefined && { description }), parameters },
    })),
  )
  if (strict === 0) return undefined
  const entry = { wire: '/strict_tools', value: true }
  return strict === tools.length
    ? { status: 'mapped', ...entry }
    : { status: 'adjusted', ...entry, reason: 'the API has one switch for all tools' }
}

function writeToolChoice(writer: OptionWriter, { tools = [], toolChoice }: ModelRequest['options']): void {
  if (tools.length === 0) writer.refuse('toolChoice', 'it needs tools')
  else if (toolChoice === 'auto') writer.refuse('toolChoice', 'auto is what the API does without a choice')
  else if (typeof toolChoice !== 'object')
    writer.map('toolChoice', '/tool_choice', () => (toolChoice === 'none' ? 'NONE' : 'REQUIRED'))
  else if (tools.length === 1 && tools[0]!.name === toolChoice.name)
    writer.map('toolChoice', '/tool_choice', () => 'REQUIRED')
  else writer.refuse('toolChoice', 'the API cannot name one of several tools')
}

function writeReasoning(writer: OptionWriter, { effort, budgetTokens }: ReasoningOptions = {}): void {
  const enabled = { type: 'enabled', ...(budgetTokens && { token_budget: budgetTokens }) }
  if (effort === undefined && budgetTokens === undefined)
    writer.refuse('reasoning', 'it has neither an effort nor a budget')
  else if (effort === 'none' || (effort === undefined && budgetTokens === 0))
    writer.map('reasoning', '/thinking', () => ({ type: 'disabled' }))
  else if (effort === undefined) writer.map('reasoning', '/thinking', () => enabled)
  else writer.adjust('reasoning', '/thinking', enabled, 'the API thinks or does not, up to a budget; it has no efforts')
}

function toMessage(message: ChatMessage, changes: Set<string>): JsonObject[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }]
    case 'user':
      return [
        {
          role: 'user',
          content:
            typeof message.content === 'string'
              ? message.content
              : message.content.map((part) =>
                  part.type === 'text' ? { type: 'text', text: part.text } : toImage(part),
                ),
        },
      ]
    case 'assistant':
      return toAssistant(message, changes)
    case 'tool':
      if (message.isError) changes.add('the API has no mark for a tool that failed')
      return [{ role: 'tool', tool_call_id: message.toolCallId, content: message.content }]
  }
}

function toImage({ image, mediaType = 'image/png', detail }: ImagePart): JsonObject {
  const url = typeof image === 'string' ? image : `data:${mediaType};base64,${toBase64(image)}`
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } }
}

/** Thinking, plans and citations that came from this API go back as they came. */
function toAssistant({ content }: AssistantMessage, changes: Set<string>): JsonObject[] {
  if (typeof content === 'string') return [{ role: 'assistant', content }]
  const blocks: JsonObject[] = []
  const toolCalls: JsonObject[] = []
  const citations: JsonValue[] = []
  let plan = ''
  for (const part of content) {
    const own = 'providerMetadata' in part ? ownFields(part.providerMetadata) : {}
    if (Array.isArray(own['citations'])) citations.push(...own['citations'])
    if (part.type === 'text' || part.type === 'refusal') {
      if (part.text !== '') blocks.push({ type: 'text', text: part.text })
      for (const annotation of (part.type === 'text' && part.annotations) || [])
        if (Array.isArray(annotation['sources'])) citations.push(annotation)
        else changes.add('annotations that did not come from this API were left out')
    } else if (part.type === 'tool-call')
      toolCalls.push({ id: part.id, type: 'function', function: { name: part.name, arguments: part.arguments } })
    else if (part.type === 'reasoning') {
      if (own['type'] === 'tool_plan') plan += part.text
      else if (own['type'] === 'thinking') blocks.push({ type: 'thinking', thinking: part.text })
      else changes.add('reasoning that did not come from this API was left out')
    } else if (part.kind === 'citation' && Array.isArray(part.data['sources'])) citations.push(part.data)
    else changes.add(`${part.kind} was left out`)
  }
  if (blocks.length === 0 && toolCalls.length === 0) {
    changes.add('assistant turns with nothing in them were left out')
    return []
  }
  return [
    {
      role: 'assistant',
      ...(blocks.length > 0 && { content: blocks }),
      ...(plan !== '' && { tool_plan: plan }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
      ...(citations.length > 0 && { citations }),
    },
  ]
}

function ownFields(providerMetadata: JsonObject | undefined): JsonObject {
  const fields = providerMetadata?.['cohere']
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? fields : {}
}
