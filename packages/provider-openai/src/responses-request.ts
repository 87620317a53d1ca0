import {
  type AssistantMessage,
  type ChatMessage,
  type ImagePart,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelRequest,
  OptionWriter,
  type ResponseFormat,
  toBase64,
  type ToolDefinition,
} from '@insidellms/core/driver'

/**
 * The body of a request to the responses API, and the ledger of its options.
 *
 * Source: https://platform.openai.com/docs/api-reference/responses/create
 */
export function toResponsesRequest(
  request: ModelRequest,
  modelId: string,
  stream: boolean,
): { body: JsonObject; ledger: Ledger } {
  const { logprobs, tools, reasoning } = request.options
  const leftOut = new Set<string>()
  const input = request.messages.flatMap((message) => toItems(message, leftOut))
  const writer = new OptionWriter(request, 'openai')
    .send('temperature', '/temperature')
    .send('topP', '/top_p')
    .send('maxTokens', '/max_output_tokens')
    .map('responseFormat', '/text/format', toFormat)
    .map('tools', '/tools', (list) => list.map(toTool))
  if (logprobs === true) {
    writer.map('logprobs', '/include', () => ['message.output_text.logprobs']).send('topLogprobs', '/top_logprobs')
  } else writer.refuse('logprobs', 'false is the default').refuse('topLogprobs', 'it needs logprobs: true')
  if (tools !== undefined && tools.length > 0)
    writer.map('toolChoice', '/tool_choice', (choice) =>
      typeof choice === 'string' ? choice : { type: 'function', name: choice.name },
    )
  else writer.refuse('toolChoice', 'it needs tools')
  const noBudget = 'the API takes an effort, and no budget of tokens'
  if (reasoning?.effort === undefined) writer.refuse('reasoning', noBudget)
  else if (reasoning.budgetTokens === undefined)
    writer.map('reasoning', '/reasoning', () => ({ effort: reasoning.effort! }))
  else writer.adjust('reasoning', '/reasoning', { effort: reasoning.effort }, noBudget)

  const { body, ledger } = writer.finish({ model: modelId, input, ...(stream && { stream: true }) })
  if (leftOut.size > 0)
    ledger['messages'] = {
      status: 'adjusted',
      wire: '/input',
      reason: `parts of earlier turns that did not come from this API were left out: ${[...leftOut].join(', ')}`,
    }
  return { body, ledger }
}

function toItems(message: ChatMessage, leftOut: Set<string>): JsonObject[] {
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
                  part.type === 'text' ? { type: 'input_text', text: part.text } : toImage(part),
                ),
        },
      ]
    case 'assistant':
      return toOutputItems(message, leftOut)
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.content }]
  }
}

function toImage({ image, mediaType = 'image/png', detail = 'auto' }: ImagePart): JsonObject {
  const url = typeof image === 'string' ? image : `data:${mediaType};base64,${toBase64(image)}`
  return { type: 'input_image', image_url: url, detail }
}

/** Items that came from this API go back whole: reasoning has a signature, and built-in tools have their own ids. */
function toOutputItems({ content }: AssistantMessage, leftOut: Set<string>): JsonObject[] {
  if (typeof content === 'string') return [{ role: 'assistant', content }]
  const items: JsonObject[] = []
  for (const part of content) {
    if (part.type === 'text') items.push({ role: 'assistant', content: part.text })
    else if (part.type === 'refusal') items.push({ role: 'assistant', content: part.text })
    else if (part.type === 'tool-call')
      items.push({ type: 'function_call', call_id: part.id, name: part.name, arguments: part.arguments })
    else {
      const item = part.type === 'other' ? part.data : part.providerMetadata?.['item']
      if (isItem(item)) items.push(item)
      else leftOut.add(part.type === 'other' ? part.kind : part.type)
    }
  }
  return items
}

function isItem(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value['type'] === 'string'
}

function toFormat(format: ResponseFormat): JsonValue {
  if (format.type === 'text') return { type: 'text' }
  if (format.type === 'json') return { type: 'json_object' }
  const { name = 'response', schema, description, strict } = format
  return {
    type: 'json_schema',
    name,
    schema,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  }
}

function toTool({ name, description, parameters, strict = false }: ToolDefinition): JsonValue {
  // The API demands `strict`; without a word from the caller nothing may be enforced.
  return { type: 'function', name, ...(description !== undefined && { description }), parameters, strict }
}
