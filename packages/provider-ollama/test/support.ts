import { json, type RecordedRequest, type ScriptedReply, type ScriptedServer } from '@insidellms/conformance'
import { withModelOf } from '@insidellms/test-support'
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

const withServer = withModelOf<OllamaModel, ConstructorParameters<typeof OllamaModel>[0]>(
  (baseUrl, settings) => new OllamaModel({ modelName: 'llama3.2', baseUrl, maxRetries: 0, ...settings }),
)

/** The script answers what is asked beside `facts`, and counts nothing else. */
export const withModel: typeof withServer = (script, use, settings) => {
  let asked = 0
  return withServer((request) => facts(request) ?? script(request, asked++), use, settings)
}

/** The body of the last request for an answer. */
export function lastBody(server: ScriptedServer): Record<string, any> {
  return server.requests.findLast(({ path }) => path === '/api/chat' || path === '/api/generate')!.json as Record<
    string,
    any
  >
}
