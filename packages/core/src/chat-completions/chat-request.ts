import type { ReasoningOptions, ResponseFormat, ToolChoice, ToolDefinition } from '../generate-options.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { ModelRequest } from '../model-driver.ts'
import type { Ledger } from '../model-response.ts'
import { OptionWriter } from '../option-writer.ts'
import { toChatMessages } from './chat-messages.ts'
import type { ChatQuirks } from './chat-quirks.ts'

export interface ChatRequestTarget {
  /** The registry's type name, for messages. */
  provider: string
  modelId: string
  stream: boolean
  quirks: ChatQuirks
}

/** The body of a chat completions request, and the ledger of its options. */
export function toChatRequest(request: ModelRequest, target: ChatRequestTarget): { body: JsonObject; ledger: Ledger } {
  const { provider, modelId, stream, quirks } = target
  const { messages, leftOut } = toChatMessages(request.messages, quirks)
  const { logprobs, tools } = request.options
  const writer = new OptionWriter(request, provider)
    .send('temperature', '/temperature')
    .send('topP', '/top_p')
    .send('topK', '/top_k')
    .send('maxTokens', `/${quirks.maxTokensField ?? 'max_completion_tokens'}`)
    .send('stop', '/stop')
    .send('seed', `/${quirks.seedField ?? 'seed'}`)
    .send('presencePenalty', '/presence_penalty')
    .send('frequencyPenalty', '/frequency_penalty')
    .send('logprobs', '/logprobs')
    .map('responseFormat', '/response_format', toResponseFormat)
    .map('tools', '/tools', (list) => list.map(toTool))
  if (logprobs === true) writer.send('topLogprobs', '/top_logprobs')
  else writer.refuse('topLogprobs', 'it needs logprobs: true')
  if (tools !== undefined && tools.length > 0) writer.map('toolChoice', '/tool_choice', toToolChoice)
  else writer.refuse('toolChoice', 'it needs tools')
  writeReasoning(writer, request.options.reasoning, quirks)

  const own: JsonObject = { model: modelId, messages }
  if (stream) own['stream'] = true
  if (stream && quirks.streamUsage !== false) own['stream_options'] = { include_usage: true }
  const { body, ledger } = writer.finish(own)
  if (leftOut.size > 0)
    ledger['messages'] = {
      status: 'adjusted',
      wire: '/messages',
      reason: `parts of earlier turns that have no place there were left out: ${[...leftOut].join(', ')}`,
    }
  return { body, ledger }
}

function toResponseFormat(format: ResponseFormat): JsonValue {
  if (format.type === 'text') return { type: 'text' }
  if (format.type === 'json') return { type: 'json_object' }
  const { name = 'response', schema, description, strict } = format
  return {
    type: 'json_schema',
    json_schema: {
      name,
      schema,
      ...(description !== undefined && { description }),
      ...(strict !== undefined && { strict }),
    },
  }
}

function toTool({ name, description, parameters, strict }: ToolDefinition): JsonValue {
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters,
      ...(strict !== undefined && { strict }),
    },
  }
}

function toToolChoice(choice: ToolChoice): JsonValue {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } }
}

function writeReasoning(writer: OptionWriter, asked: ReasoningOptions | undefined, quirks: ChatQuirks): void {
  if (asked === undefined) return
  const { effort, budgetTokens } = asked
  if (quirks.reasoningField === 'reasoning')
    writer.map('reasoning', '/reasoning', () => ({
      ...(effort !== undefined && { effort }),
      ...(budgetTokens !== undefined && { max_tokens: budgetTokens }),
    }))
  else if (effort === undefined) writer.refuse('reasoning', 'the API takes an effort, and no budget of tokens')
  else if (budgetTokens === undefined) writer.map('reasoning', '/reasoning_effort', () => effort)
  else writer.adjust('reasoning', '/reasoning_effort', effort, 'the API takes an effort, and no budget of tokens')
}
