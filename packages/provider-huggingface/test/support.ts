import { json } from '@insidellms/conformance'
import type { ChatMessage, GenerateOptions, ModelResponse } from '@insidellms/core'
import { withModelOf } from '@insidellms/test-support'
import { HuggingFaceModel } from '../src/huggingface-model.ts'

export const key = 'hf_test0123456789abcdef'

type Settings = ConstructorParameters<typeof HuggingFaceModel>[0]

/** Runs with a model behind an endpoint, which a scripted server plays, and closes both. */
export const withModel = withModelOf<HuggingFaceModel, Settings>(
  (endpointUrl, settings) =>
    new HuggingFaceModel({ modelName: 'asked-model', apiKey: key, endpointUrl, maxRetries: 0, ...settings }),
)

/**
 * Runs with a model behind the router. The SDK has no setting for the address of the hub and of the router, so `fetch`
 * leads both to the scripted server, which sees the host as the first part of the path.
 */
export const withRouter = withModelOf<HuggingFaceModel, Settings>(
  (serverUrl, settings) =>
    new HuggingFaceModel({
      modelName: 'asked-model',
      apiKey: key,
      maxRetries: 0,
      fetch: (url, init) => fetch(String(url).replace('https://', `${serverUrl}/`), init),
      ...settings,
    }),
)

export const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'served-model',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
}

/** The body of the one request that a call makes. */
export async function bodyOf(
  input: string | ChatMessage[],
  options: GenerateOptions,
  settings: Partial<Settings> = {},
): Promise<{ body: Record<string, unknown>; response: ModelResponse }> {
  return withModel(
    () => json(answer),
    async (model, server) => {
      const response = await model.respond(input, options)
      return { response, body: server.requests[0]!.json as Record<string, unknown> }
    },
    settings,
  )
}

/** The chunks of a streamed answer, with the terminal marker of the newer servers. */
export function chunksOf(...pieces: string[]): unknown[] {
  const chunk = (choice: object, more: object = {}): object => ({
    id: 'chatcmpl-1',
    model: 'served-model',
    choices: [{ index: 0, ...choice }],
    ...more,
  })
  return [
    ...pieces.map((content) => chunk({ delta: { role: 'assistant', content } })),
    chunk({ delta: {}, finish_reason: 'stop' }),
    { id: 'chatcmpl-1', model: 'served-model', choices: [], usage: answer.usage },
    '[DONE]',
  ]
}
