import { describe, expect, it } from 'vitest'
import { ChatStream } from '../src/chat-completions.ts'
import type { ModelDelta } from '../src/model-event.ts'

const chunk = (content: string, finish: string | null = null): string =>
  JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })

describe('ChatStream', () => {
  it('ends at the finish reason where that is the marker, and then takes usage only', () => {
    const stream = new ChatStream({ streamEnd: 'finish_reason' })
    const deltas: ModelDelta[] = []
    for (const data of [chunk('a'), chunk('b', 'stop'), chunk('a'), chunk('b', 'length')]) stream.take(data, deltas)
    stream.take(JSON.stringify({ choices: [], usage: { prompt_tokens: 1 } }), deltas)
    stream.take('[DONE]', deltas)
    expect(stream.ended).toBe(true)
    expect(deltas).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ])
    expect(stream.completion.choices).toEqual([{ index: 0, message: { content: 'ab' }, finish_reason: 'stop' }])
    expect(stream.completion.usage).toEqual({ prompt_tokens: 1 })
    expect(stream.raw).toHaveLength(5)
  })

  it('ends at [DONE] where that is the marker', () => {
    const stream = new ChatStream({})
    stream.take(chunk('a', 'stop'), [])
    expect(stream.ended).toBe(false)
    stream.take('[DONE]', [])
    expect(stream.ended).toBe(true)
  })
})
