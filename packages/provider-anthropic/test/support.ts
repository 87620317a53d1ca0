import { type Script, type ScriptedReply, type ScriptedServer, startScriptedServer } from '@insidellms/conformance'
import type { ChatMessage, GenerateOptions, ModelResponse } from '@insidellms/core'
import type { Recording } from '@insidellms/test-support'
import { AnthropicModel } from '../src/anthropic-model.ts'

export const key = 'sk-ant-test-0123456789abcdef'

type Settings = Partial<ConstructorParameters<typeof AnthropicModel>[0]>

/** Runs with a model that talks to a scripted server, and closes both. */
export async function withModel<T>(
  script: Script,
  use: (model: AnthropicModel, server: ScriptedServer) => Promise<T>,
  settings: Settings = {},
): Promise<T> {
  await using server = await startScriptedServer(script)
  await using model = new AnthropicModel({
    modelName: 'asked-model',
    apiKey: key,
    baseUrl: server.url,
    maxRetries: 0,
    ...settings,
  })
  return await use(model, server)
}

/** The recorded bytes as they came, in one piece. */
export function replay({ status, headers, body }: Recording): ScriptedReply {
  return { status, headers, chunks: [body] }
}

export async function askRecording(recording: Recording): Promise<{ response: ModelResponse; text: string }> {
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
  )
}

/** The body of the one request that a call makes. */
export async function bodyOf(
  input: string | ChatMessage[],
  options: GenerateOptions,
  settings: Settings = {},
): Promise<{ body: Record<string, any>; headers: Record<string, unknown>; response: ModelResponse }> {
  return withModel(
    () => ({ status: 200, headers: { 'content-type': 'application/json' }, chunks: [JSON.stringify(answer)] }),
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
