import {
  askReplayed,
  expectChatCompletion,
  failureOf,
  loadRecordings,
  type Recording,
  showApis,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { withModel } from './support.ts'

const recordings = loadRecordings('huggingface')
const isChat = ({ api }: Recording): boolean => api.endsWith('chat.completions')
const isFailure = ({ status }: Recording): boolean => status !== 200
const chats = recordings.filter(isChat)

describe.skipIf(recordings.length === 0)('recordings of Hugging Face (needs ../shared/recordings)', () => {
  it.for(chats.filter((recording) => !isFailure(recording)))('reads $file without loss', async (recording) => {
    const { response, text } = await askReplayed(withModel, recording)
    expectChatCompletion(response, recording)
    expect(text).toBe(response.text)
    // Two snapshots of TGI were recorded without the reason that ended them.
    if (response.finish.raw !== null) expect(response.finish.kind).not.toBe('other')
  })

  it.for(chats.filter(isFailure))('throws the error of $file', async (recording) => {
    const error = await failureOf(askReplayed(withModel, recording))
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
    const rows = showApis(recordings, (recording) =>
      isChat(recording) ? undefined : (reasons[recording.api] ?? 'another task of the inference API'),
    )
    const skipped = rows.filter(({ skipped: why }) => why !== '').map(({ api }) => api)
    expect(skipped.filter((api) => api.includes('chat'))).toEqual([])
  })
})
