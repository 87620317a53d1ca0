import { startScriptedServer } from '@insidellms/conformance'
import {
  askRecorded,
  expectChatCompletion,
  failureOf,
  loadRecordings,
  type Recording,
  replay,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import type { ChatQuirks } from '../src/index.ts'
import { OpenAICompatibleModel } from '../src/openai-compatible-model.ts'

/** Every server whose recorded answers are chat completions, whoever made it. */
const vendors = ['openai', 'ollama', 'huggingface', 'vllm', 'openrouter', 'gemini']
const recordings = vendors
  .flatMap((vendor) => loadRecordings(vendor).map((recording) => ({ ...recording, vendor })))
  .filter(({ api }) => /chat\.completions$|openai-compat\.chat$/.test(api))

/** HTTP 200, and the failure inside. */
const isFailure = ({ status, body }: Recording): boolean =>
  status !== 200 ||
  body.toString() === 'null' ||
  /^data: .*"error":\s*\{/m.test(body.toString()) ||
  /^\s*\{"error"/.test(body.toString())

describe.skipIf(recordings.length === 0)('recorded chat completions (needs ../shared/recordings)', () => {
  it.for(recordings.filter((recording) => !isFailure(recording)))(
    'reads $vendor $file without loss',
    async (recording) => {
      const { response, text } = await ask(recording)
      expectChatCompletion(response, recording)
      expect(text).toBe(response.text)
    },
  )

  it.for(recordings.filter(isFailure))('throws the error of $vendor $file', async (recording) => {
    const error = await failureOf(ask(recording))
    if (recording.status !== 200) expect(error.status).toBe(recording.status)
    expect([
      'auth',
      'rate_limited',
      'invalid_request',
      'context_overflow',
      'not_found',
      'server',
      'invalid_response',
    ]).toContain(error.code)
  })
})

async function ask(recording: Recording & { vendor: string }) {
  // TGI, and some of the router's upstreams, close behind the finish reason.
  const quirks: ChatQuirks = recording.vendor === 'huggingface' ? { streamEnd: 'finish_reason' } : {}
  await using server = await startScriptedServer(() => replay(recording))
  await using model = new OpenAICompatibleModel({
    modelName: 'asked',
    baseUrl: `${server.url}/v1`,
    maxRetries: 0,
    quirks,
  })
  return await askRecorded(model, recording)
}
