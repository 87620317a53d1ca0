import { json } from '@insidellms/conformance'
import type { ChatMessage, GenerateOptions, ModelResponse } from '@insidellms/core'
import { withModelOf } from '@insidellms/test-support'
import { AnthropicModel } from '../src/anthropic-model.ts'

export const key = 'sk-ant-test-0123456789abcdef'

type Settings = ConstructorParameters<typeof AnthropicModel>[0]

export const withModel = withModelOf<AnthropicModel, Settings>(
  (baseUrl, settings) =>
    new AnthropicModel({ modelName: 'asked-model', apiKey: key, baseUrl, maxRetries: 0, ...settings }),
)

/** The body of the one request that a call makes. */
export async function bodyOf(
  input: string | ChatMessage[],
  options: GenerateOptions,
  settings: Partial<Settings> = {},
): Promise<{ body: Record<string, any>; headers: Record<string, unknown>; response: ModelResponse }> {
  return withModel(
    () => json(answer),
    async (model, server) => {
      const response = await model.respond(input, options)
      const [request] = server.requests
      return { response, body: request!.json as Record<string, unknown>, headers: request!.headers }
    },
    settings,
  )
}

export const answer = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'served-model',
  content: [{ type: 'text', text: 'Hi', citations: null }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
}

/** The events of a streamed text, as the vendor's streaming guide shows them. */
export function textEvents(...pieces: string[]): { type: string; [field: string]: unknown }[] {
  return [
    { type: 'message_start', message: { ...answer, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...pieces.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 4 } },
    { type: 'message_stop' },
  ]
}
