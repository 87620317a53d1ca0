import { describe, expect, it } from 'vitest'
import { createChatCalls } from '../src/chat-completions.ts'
import { DriverModel } from '../src/driver-model.ts'
import type { ModelEvent } from '../src/model-event.ts'
import { failure, fakeDriver } from './support.ts'

/** A model whose server answers with these chunks, each of them one piece of the body. */
function answering(...chunks: string[]): DriverModel {
  const post = async (): Promise<Response> => {
    const encoder = new TextEncoder()
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
        controller.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  const transport = { post, sdk: () => ({ name: 'sdk', version: '1' }) }
  return new DriverModel(fakeDriver(createChatCalls({ provider: 'fake', modelId: 'm', transport })), { maxRetries: 0 })
}

const event = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
const delta = (value: object, finish_reason: string | null = null): string =>
  event({ choices: [{ index: 0, delta: value, finish_reason }] })

describe('a stream of chat completions', () => {
  it('keeps what came before an error, also in the same piece', async () => {
    const model = answering(
      delta({ content: 'ha' }),
      delta({ content: 'lf' }) + event({ error: { message: 'overloaded', code: 529 } }),
    )
    const events: ModelEvent[] = []
    const error = await failure(async () => {
      for await (const one of model.events('x')) events.push(one)
    })
    expect(events).toEqual([
      { type: 'text', text: 'ha' },
      { type: 'text', text: 'lf' },
    ])
    expect(error).toMatchObject({ code: 'server', partial: { text: 'half' } })
    expect(error.message).toContain('overloaded')
  })

  it('is not whole without its marker', async () => {
    const model = answering(delta({ content: 'half' }, 'stop'))
    expect(await failure(() => model.stream('x').response)).toMatchObject({
      code: 'incomplete_stream',
      partial: { text: 'half' },
    })
  })

  it('reads tool calls that are counted from 1', async () => {
    const call = { index: 1, id: 'c', function: { name: 'f', arguments: '{}' } }
    const model = answering(delta({ tool_calls: [call] }), delta({}, 'tool_calls'), event('[DONE]'))
    const { parts, finish } = await model.stream('x').response
    expect(parts).toEqual([{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }])
    expect(finish).toEqual({ kind: 'tool-calls', raw: 'tool_calls' })
  })
})
