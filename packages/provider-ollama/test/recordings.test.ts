import type { ModelResponse } from '@insidellms/core'
import { askReplayed, failureOf, loadRecordings, type Recording, showApis } from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { withModel } from './support.ts'

const all = loadRecordings('ollama')
const recordings = all.filter(({ api }) => api === 'api.chat' || api === 'api.generate')

describe.skipIf(all.length === 0)('recordings of Ollama (needs ../shared/recordings)', () => {
  it.for(recordings.filter(({ status }) => status === 200))('reads $file without loss', async (recording) => {
    const { response, text } = await ask(recording)
    expectAnswer(response, recording)
    expect(text).toBe(response.text)
  })

  it.for(recordings.filter(({ status }) => status !== 200))('throws the error of $file', async (recording) => {
    const error = await failureOf(ask(recording))
    expect(error).toMatchObject({ status: 404, code: 'not_found' })
    expect(error.message).toContain('Run: ollama pull nonexistent-model:latest')
  })

  it('leaves out only what another API answered', () => {
    const read = ['api.chat', 'api.generate']
    const foreign = /chat\.completions$|^completions$|^messages$|embed/
    const rows = showApis(all, ({ api }) => {
      if (read.includes(api)) return undefined
      if (api.endsWith('chat.completions')) return 'read by provider-openai-compatible'
      return api === 'messages' ? 'read by provider-anthropic' : 'another API'
    })
    expect(rows.map(({ api }) => api).filter((api) => !foreign.test(api))).toEqual(read)
  })
})

function ask(recording: Recording): Promise<{ response: ModelResponse; text: string }> {
  return askReplayed(withModel, recording, { api: recording.api === 'api.generate' ? 'generate' : 'chat' })
}

/** Walks the recorded lines by itself, and looks for everything in what was read of them. */
function expectAnswer(response: ModelResponse, { body, streamed }: Recording): void {
  const lines = body
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, any>)
  const last = lines.at(-1)!
  const join = (read: (line: Record<string, any>) => string | undefined): string =>
    lines.map((line) => read(line) ?? '').join('')
  expect(response.text).toBe(join((line) => line['message']?.content ?? line['response']))
  const thoughts = response.parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('')
  expect(thoughts).toBe(join((line) => line['message']?.thinking ?? line['thinking']))
  const calls = lines.flatMap((line) => line['message']?.tool_calls ?? [])
  const read = response.parts.filter(({ type }) => type === 'tool-call') as { name: string; arguments: string }[]
  expect(read.map(({ name, arguments: text }) => [name, JSON.parse(text)])).toEqual(
    calls.map((call) => [call.function.name, call.function.arguments]),
  )
  expect(response.finish.raw).toBe(last['done_reason'])
  expect(response.served.model).toBe(last['model'])
  expect(response.usage?.inputTokens).toBe(last['prompt_eval_count'])
  expect(response.usage?.outputTokens).toBe(last['eval_count'])
  expect(response.raw).toEqual(streamed ? lines : last)
  expect(JSON.parse(JSON.stringify(response))).toEqual(response)
}
