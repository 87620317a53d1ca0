import { type Script, type ScriptedReply, type ScriptedServer, startScriptedServer } from '@insidellms/conformance'
import type { ChatMessage, GenerateOptions, ModelResponse } from '@insidellms/core'
import type { Recording } from '@insidellms/test-support'
import { CohereModel } from '../src/cohere-model.ts'

export const key = 'co-test-0123456789abcdef'

type Settings = Partial<ConstructorParameters<typeof CohereModel>[0]>

/** Runs with a model that talks to a scripted server, and closes both. */
export async function withModel<T>(
  script: Script,
  use: (model: CohereModel, server: ScriptedServer) => Promise<T>,
  settings: Settings = {},
): Promise<T> {
  await using server = await startScriptedServer(script)
  await using model = new CohereModel({
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
): Promise<{ body: Record<string, any>; response: ModelResponse }> {
  return withModel(
    () => ({ status: 200, headers: { 'content-type': 'application/json' }, chunks: [JSON.stringify(answer)] }),
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
