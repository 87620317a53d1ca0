import type { ChatMessage, GenerateOptions, ModelResponse } from '@insidellms/core'
import { type Script, type ScriptedReply, type ScriptedServer, startScriptedServer } from '@insidellms/conformance'
import type { Recording } from '@insidellms/test-support'
import { OpenAIModel } from '../src/openai-model.ts'
import type { OpenAISettings } from '../src/openai-driver.ts'

export const key = 'sk-test-0123456789abcdef'

/** Runs with a model that talks to a scripted server, and closes both. */
export async function withModel<T>(
  script: Script,
  use: (model: OpenAIModel, server: ScriptedServer) => Promise<T>,
  settings: Partial<ConstructorParameters<typeof OpenAIModel>[0]> = {},
): Promise<T> {
  await using server = await startScriptedServer(script)
  await using model = new OpenAIModel({
    modelName: 'asked-model',
    apiKey: key,
    baseUrl: `${server.url}/v1`,
    maxRetries: 0,
    ...settings,
  })
  return await use(model, server)
}

/** The recorded bytes as they came, in one piece. */
export function replay({ status, headers, body }: Recording): ScriptedReply {
  return { status, headers, chunks: [body] }
}

export async function askRecording(
  recording: Recording,
  api: NonNullable<OpenAISettings['api']>,
): Promise<{ response: ModelResponse; text: string }> {
  return withModel(
    () => replay(recording),
    async (model) => {
      if (!recording.streamed) {
        const response = await model.respond('hello')
        return { response, text: response.text }
      }
      const answer = model.stream('hello')
      let text = ''
      for await (const piece of answer) text += piece
      return { response: await answer.response, text }
    },
    { api },
  )
}

/** The body of the one request that a call makes. */
export async function bodyOf(
  input: string | ChatMessage[],
  options: GenerateOptions,
  api: NonNullable<OpenAISettings['api']> = 'chat',
): Promise<{ body: Record<string, unknown>; response: ModelResponse }> {
  const answer = api === 'chat' ? chatAnswer : responsesAnswer
  return withModel(
    () => ({ status: 200, headers: { 'content-type': 'application/json' }, chunks: [JSON.stringify(answer)] }),
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
