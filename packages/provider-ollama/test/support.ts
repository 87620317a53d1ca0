import {
  json,
  type RecordedRequest,
  type ScriptedReply,
  type ScriptedServer,
  startScriptedServer,
} from '@insidellms/conformance'
import { OllamaModel } from '../src/ollama-model.ts'

/** An answer of the chat endpoint, as https://github.com/ollama/ollama/blob/main/docs/api.md has it. */
export const answer = {
  model: 'llama3.2:3b',
  created_at: '2026-11-01T10:00:00Z',
  message: { role: 'assistant', content: 'Hi' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 12,
  eval_count: 2,
  eval_duration: 9000,
}

/** What the server says beside its answers. */
export function facts({ path }: RecordedRequest): ScriptedReply | undefined {
  if (path === '/api/version') return json({ version: '0.13.1' })
  if (path === '/api/tags')
    return json({ models: [{ name: 'llama3.2:latest', model: 'llama3.2:latest', digest: 'a80c4f17acd5' }] })
  if (path === '/api/show')
    return json({ details: { quantization_level: 'Q4_K_M' }, model_info: { 'llama.context_length': 131_072 } })
  return undefined
}

export async function withModel<T>(
  script: (request: RecordedRequest, index: number) => ScriptedReply,
  use: (model: OllamaModel, server: ScriptedServer) => Promise<T>,
  settings: Partial<ConstructorParameters<typeof OllamaModel>[0]> = {},
): Promise<T> {
  let asked = 0
  await using server = await startScriptedServer((request) => facts(request) ?? script(request, asked++))
  await using model = new OllamaModel({ modelName: 'llama3.2', baseUrl: server.url, maxRetries: 0, ...settings })
  return await use(model, server)
}

/** The body of the last request for an answer. */
export function lastBody(server: ScriptedServer): Record<string, any> {
  return server.requests.findLast(({ path }) => path === '/api/chat' || path === '/api/generate')!.json as Record<
    string,
    any
  >
}
