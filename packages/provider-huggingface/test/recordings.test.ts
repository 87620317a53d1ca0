import { InsideLLMsError } from '@insidellms/core'
import { expectChatCompletion, loadRecordings, type Recording } from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { askRecording } from './support.ts'

const recordings = loadRecordings('huggingface')
const isChat = ({ api }: Recording): boolean => api.endsWith('chat.completions')
const isFailure = ({ status }: Recording): boolean => status !== 200
const chats = recordings.filter(isChat)

describe.skipIf(recordings.length === 0)('recordings of Hugging Face (needs ../shared/recordings)', () => {
  it.for(chats.filter((recording) => !isFailure(recording)))('reads $file without loss', async (recording) => {
    const { response, text } = await askRecording(recording)
    expectChatCompletion(response, recording)
    expect(text).toBe(response.text)
    // Two snapshots of TGI were recorded without the reason that ended them.
    if (response.finish.raw !== null) expect(response.finish.kind).not.toBe('other')
  })

  it.for(chats.filter(isFailure))('throws the error of $file', async (recording) => {
    const error = (await askRecording(recording).catch((thrown: unknown) => thrown)) as InsideLLMsError
    expect(error).toBeInstanceOf(InsideLLMsError)
    expect(error).toMatchObject({
      status: recording.status,
      code: recording.status < 500 ? 'invalid_request' : 'server',
      requestId: recording.headers['x-request-id'],
    })
    const said = recording.body.toString()
    expect(error.message).toContain(said.startsWith('{') ? JSON.parse(said).error : said.slice(0, 80))
  })

  it('leaves out only what another API answered', () => {
    const reasons: Record<string, string> = {
      completions: 'TGI text completions: no chat',
      unknown: 'TGI snapshot of several prompts: no chat',
    }
    const table = new Map<string, { recordings: number; read: number; skipped: string }>()
    for (const recording of recordings) {
      const { api } = recording
      const row = table.get(api) ?? { recordings: 0, read: 0, skipped: '' }
      row.recordings++
      if (isChat(recording)) row.read++
      else row.skipped = reasons[api] ?? 'another task of the inference API'
      table.set(api, row)
    }
    console.table([...table].map(([api, row]) => ({ api, ...row })))
    const skipped = [...table].filter(([, row]) => row.skipped !== '').map(([api]) => api)
    expect(skipped.filter((api) => api.includes('chat'))).toEqual([])
  })
})
