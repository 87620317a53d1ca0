import { json } from '@insidellms/conformance'
import type { ChatMessage, GenerateOptions, ModelResponse } from '@insidellms/core'
import { withModelOf } from '@insidellms/test-support'
import { OpenAIModel } from '../src/openai-model.ts'
import type { OpenAISettings } from '../src/openai-driver.ts'

export const key = 'sk-test-0123456789abcdef'

export const withModel = withModelOf<OpenAIModel, ConstructorParameters<typeof OpenAIModel>[0]>(
  (url, settings) =>
    new OpenAIModel({ modelName: 'asked-model', apiKey: key, baseUrl: `${url}/v1`, maxRetries: 0, ...settings }),
)

/** The body of the one request that a call makes. */
export async function bodyOf(
  input: string | ChatMessage[],
  options: GenerateOptions,
  api: NonNullable<OpenAISettings['api']> = 'chat',
): Promise<{ body: Record<string, unknown>; response: ModelResponse }> {
  const answer = api === 'chat' ? chatAnswer : responsesAnswer
  return withModel(
    () => json(answer),
    async (model, server) => {
      const response = await model.respond(input, options)
      return { response, body: server.requests[0]!.json as Record<string, unknown> }
    },
    { api },
  )
}

export const chatAnswer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'served-model',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
}

export const responsesAnswer = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'served-model',
  output: [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
    },
  ],
  usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
}
