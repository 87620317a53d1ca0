import type { ModelResponse } from '@insidellms/core'
import { sse } from '@insidellms/conformance'
import {
  askRecorded,
  failureOf,
  loadRecordings,
  type Recording,
  recordedEvents,
  replay,
  showApis,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { withModel } from './support.ts'

const all = loadRecordings('gemini')
const isGemini = ({ api, body }: Recording): boolean =>
  api.endsWith('enerateContent') && api !== 'batchGenerateContent'
    ? true
    : api === 'unknown' && /"candidates"/.test(body.toString())
const recordings = all.filter(isGemini)

describe.skipIf(all.length === 0)('recordings of Gemini (needs ../shared/recordings)', () => {
  it.for(recordings.filter(({ status }) => status === 200))('reads $file without loss', async (recording) => {
    const { response, text } = await ask(recording)
    expectAnswer(response, chunksOf(recording))
    expect(text).toBe(response.text)
  })

  it.for(recordings.filter(({ status }) => status !== 200))('throws the error of $file', async (recording) => {
    expect(await failureOf(ask(recording))).toMatchObject({
      status: recording.status,
      code: recording.status === 429 ? 'rate_limited' : 'not_found',
    })
  })

  it('leaves out only what another API answered', () => {
    const rows = showApis(all, (recording) => (isGemini(recording) ? undefined : 'another API'))
    const foreign = [
      'batchEmbedContents',
      'batchGenerateContent',
      'countTokens',
      'models',
      'openai-compat.chat',
      'unknown',
    ]
    for (const { api, recordings: count, read } of rows) expect(count === read || foreign.includes(api), api).toBe(true)
  })
})

/** Some recorders kept a stream as a list of its chunks. */
function chunksOf(recording: Recording): Record<string, any>[] {
  const text = recording.body.toString()
  return !recording.streamed && text.trimStart().startsWith('[') ? JSON.parse(text) : recordedEvents(recording)
}

async function ask(recording: Recording): Promise<{ response: ModelResponse; text: string }> {
  const { api, status, streamed } = recording
  const isList = !streamed && status === 200 && api === 'streamGenerateContent'
  return withModel(
    () => (isList ? sse(chunksOf(recording)) : replay(recording)),
    (model) => askRecorded(model, { streamed: streamed || isList }),
  )
}

/** Walks the recorded chunks by itself, and looks for everything in what was read of them. */
function expectAnswer(response: ModelResponse, chunks: Record<string, any>[]): void {
  const candidates = chunks.flatMap(({ candidates: list }) => list ?? []).filter(({ index = 0 }) => index === 0)
  const parts = candidates.flatMap(({ content }) => content?.parts ?? [])
  const texts = (thought: boolean): string =>
    parts
      .filter((part) => Boolean(part.thought) === thought)
      .map(({ text }) => text ?? '')
      .join('')
  expect(response.text).toBe(texts(false))
  const read = (type: string) => response.parts.filter((part) => part.type === type) as any[]
  expect(
    read('reasoning')
      .map(({ text }) => text)
      .join(''),
  ).toBe(texts(true))
  const calls = parts.flatMap(({ functionCall }) => functionCall ?? [])
  const named = calls.filter(({ name }) => name !== undefined)
  expect(read('tool-call').map(({ name }) => name)).toEqual(named.map(({ name }) => name))
  const whole = calls.every(({ partialArgs, willContinue }) => !partialArgs && !willContinue)
  if (whole)
    expect(read('tool-call').map(({ arguments: text }) => JSON.parse(text))).toEqual(named.map(({ args = {} }) => args))
  // Arguments that were streamed leaf by leaf: every leaf is somewhere in them.
  const leaves = calls
    .flatMap(({ partialArgs = [] }) => partialArgs)
    .map(({ stringValue, numberValue }) => stringValue ?? numberValue)
  const written = read('tool-call')
    .map(({ arguments: text }) => text)
    .join()
  for (const leaf of leaves) expect(written).toContain(JSON.stringify(leaf).replaceAll(/^"|"$/g, ''))
  const others = parts.filter((part) => part.text === undefined && part.functionCall === undefined)
  expect(read('other').map(({ data }) => data)).toEqual(others)
  const signatures = parts.flatMap(({ thoughtSignature }) => thoughtSignature ?? [])
  expect(JSON.stringify(response.parts).match(/"thoughtSignature"/g)?.length ?? 0).toBe(signatures.length)
  expect(response.finish.raw).toBe(candidates.map(({ finishReason }) => finishReason).findLast(Boolean) ?? null)
  const usage = chunks.map(({ usageMetadata }) => usageMetadata).findLast(Boolean)
  expect(response.usage?.raw).toEqual(usage)
  expect(response.usage?.totalTokens).toBe(usage?.totalTokenCount)
  expect(response.usage?.reasoningTokens).toBe(usage?.thoughtsTokenCount)
  expect(response.served.model).toBe(chunks.map(({ modelVersion }) => modelVersion).findLast(Boolean))
  expect(response.served.responseId).toBe(chunks.map(({ responseId }) => responseId).findLast(Boolean))
  expect(response.raw).toEqual(chunks.length > 1 || Array.isArray(response.raw) ? chunks : chunks[0])
  expect(JSON.parse(JSON.stringify(response))).toEqual(response)
}
