import { type DriverEvent, InsideLLMsError, type ModelDelta, type ModelRequest } from '@insidellms/core/driver'
import { type AcmeAnswer, AcmeDriver, type AcmeEvent } from '../acme/acme-driver.ts'
import { testMutants } from './test-mutants.ts'

type Events = AsyncGenerator<DriverEvent, void, undefined>

testMutants([
  {
    fault: 'forgets the last chunk',
    foundBy: 'stream-text',
    driver: class extends AcmeDriver {
      override async *events(request: ModelRequest): Events {
        let held: DriverEvent | undefined
        for await (const event of super.events(request)) {
          if (held !== undefined && event.type !== 'finish') yield held
          if (event.type === 'finish') yield event
          held = event.type === 'text' ? event : undefined
          if (event.type !== 'text' && event.type !== 'finish') yield event
        }
      }
    },
  },
  {
    fault: 'has no usage in streams',
    foundBy: 'stream-finish',
    driver: class extends AcmeDriver {
      protected override collect(answer: AcmeAnswer, event: AcmeEvent): void {
        super.collect(answer, event)
        delete answer.usage
      }
    },
  },
  {
    fault: 'keeps the logprobs of the last chunk only',
    foundBy: 'stream-logprobs',
    driver: class extends AcmeDriver {
      protected override collect(answer: AcmeAnswer, event: AcmeEvent): void {
        if (event.tokens !== undefined) delete answer.tokens
        super.collect(answer, event)
      }
    },
  },
  {
    fault: 'streams parallel tool calls as one',
    foundBy: 'stream-deltas',
    driver: class extends AcmeDriver {
      protected override *deltas(event: AcmeEvent): Generator<ModelDelta> {
        for (const delta of super.deltas(event)) yield delta.type === 'tool-call' ? { ...delta, index: 0 } : delta
      }
    },
  },
  {
    fault: 'has something to add after the end',
    foundBy: 'stream-one-finish',
    driver: class extends AcmeDriver {
      override async *events(request: ModelRequest): Events {
        yield* super.events(request)
        yield { type: 'text', text: '' }
      }
    },
  },
  {
    fault: 'gathers the stream before it hands it on',
    foundBy: 'stream-is-live',
    driver: class extends AcmeDriver {
      override async *events(request: ModelRequest): Events {
        const events: DriverEvent[] = []
        for await (const event of super.events(request)) events.push(event)
        yield* events
      }
    },
  },
  {
    fault: 'takes a stream without a word for a broken one',
    foundBy: 'stream-empty',
    driver: class extends AcmeDriver {
      override async *events(request: ModelRequest): Events {
        let empty = true
        for await (const event of super.events(request)) {
          if (event.type === 'finish' && empty) throw new InsideLLMsError('incomplete_stream', 'Nothing came.')
          empty = false
          yield event
        }
      }
    },
  },
  {
    fault: 'swallows an error in the stream',
    foundBy: 'stream-error',
    driver: class extends AcmeDriver {
      protected override async *decode(body: AsyncIterable<Uint8Array>): AsyncGenerator<AcmeEvent> {
        for await (const event of super.decode(body)) if (event.error === undefined) yield event
      }
    },
  },
  {
    fault: 'finishes as often as the vendor says so',
    foundBy: 'stream-duplicate-end',
    driver: class extends AcmeDriver {
      protected override readonly leavesAtEnd = false
    },
  },
  {
    fault: 'loses what comes when its queue is full',
    foundBy: 'stream-trickle',
    driver: class extends AcmeDriver {
      protected override async *texts(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
        let chunks = 0
        for await (const text of super.texts(body)) if (++chunks < 180) yield text
      }
    },
  },
  {
    fault: 'reads no more than two events of a chunk',
    foundBy: 'stream-in-one-chunk',
    driver: class extends AcmeDriver {
      protected override async *texts(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
        let waiting = ''
        for await (const text of super.texts(body)) {
          waiting += text
          const events = /^([^]*?(\r?\n){2}){1,2}/.exec(waiting)?.[0] ?? ''
          waiting = waiting.slice(events.length)
          yield events
        }
      }
    },
  },
  {
    fault: 'has a short memory for long lines',
    foundBy: 'stream-large',
    driver: class extends AcmeDriver {
      protected override lines(text: string): string[] {
        const lines = super.lines(text)
        return [...lines.slice(0, -1), lines.at(-1)!.slice(0, 65_536)]
      }
    },
  },
  {
    fault: 'decodes each chunk by itself',
    foundBy: 'stream-utf8',
    driver: class extends AcmeDriver {
      protected override async *texts(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
        for await (const bytes of body) yield new TextDecoder().decode(bytes)
      }
    },
  },
  {
    fault: 'knows no CR',
    foundBy: 'sse-crlf',
    driver: class extends AcmeDriver {
      protected override lines(text: string): string[] {
        return text.split('\n')
      }
    },
  },
  {
    fault: 'keeps the last data line of an event',
    foundBy: 'sse-multi-line',
    driver: class extends AcmeDriver {
      protected override field(line: string, data: string[]): string[] {
        return super.field(line, data).slice(-1)
      }
    },
  },
  {
    fault: 'takes every line for data',
    foundBy: 'sse-comments',
    driver: class extends AcmeDriver {
      protected override field(line: string, data: string[]): string[] {
        return [...data, line.replace(/^data: ?/, '')]
      }
    },
  },
  {
    fault: 'treats a cut as the end',
    foundBy: 'stream-cut',
    driver: class extends AcmeDriver {
      protected override async *decode(body: AsyncIterable<Uint8Array>): AsyncGenerator<AcmeEvent> {
        yield* super.decode(body)
        yield { end: 'done' }
      }
    },
  },
  {
    fault: 'treats a broken connection as the end',
    foundBy: 'stream-reset',
    driver: class extends AcmeDriver {
      protected override async *decode(body: AsyncIterable<Uint8Array>): AsyncGenerator<AcmeEvent> {
        try {
          yield* super.decode(body)
        } catch (error) {
          if (!(error instanceof TypeError)) throw error
          yield { end: 'done' }
        }
      }
    },
  },
])
