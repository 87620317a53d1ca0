import { json } from '@insidellms/conformance'
import type { ChatMessage, GenerateOptions, ModelResponse } from '@insidellms/core'
import { withModelOf } from '@insidellms/test-support'
import { CohereModel } from '../src/cohere-model.ts'

export const key = 'co-test-0123456789abcdef'

type Settings = ConstructorParameters<typeof CohereModel>[0]

export const withModel = withModelOf<CohereModel, Settings>(
  (baseUrl, settings) =>
    new CohereModel({ modelName: 'asked-model', apiKey: key, baseUrl, maxRetries: 0, ...settings }),
)

/** The body of the one request that a call makes. */
export async function bodyOf(
  input: string | ChatMessage[],
  options: GenerateOptions,
): Promise<{ body: Record<string, any>; response: ModelResponse }> {
  return withModel(
    () => json(answer),
    async (model, server) => {
      const response = await model.respond(input, options)
      return { response, body: server.requests[0]!.json as Record<string, unknown> }
    },
  )
}

export const answer = {
  id: 'chat-1',
  message: { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
  finish_reason: 'COMPLETE',
  usage: { billed_units: { input_tokens: 1, output_tokens: 1 }, tokens: { input_tokens: 3, output_tokens: 1 } },
}

/** The events of a streamed text, as the vendor's streaming guide shows them. */
export function textEvents(...pieces: string[]): { type: string; [field: string]: unknown }[] {
  return [
    {
      id: 'chat-1',
      type: 'message-start',
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    },
    { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
    ...pieces.map((text) => ({ type: 'content-delta', index: 0, delta: { message: { content: { text } } } })),
    { type: 'content-end', index: 0 },
    { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: answer.usage } },
  ]
}
