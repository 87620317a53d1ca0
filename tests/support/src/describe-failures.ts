import { readFileSync } from 'node:fs'
import { json, noReply, type RecordedRequest, type ScriptedReply, text } from '@insidellms/conformance'
import type { InsideLLMsError, InsideLLMsErrorCode, Model } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { failureOf } from './failure-of.ts'
import type { WithModel } from './with-model.ts'

/** A reply that must fail a call, and what the error says. */
export interface Failure {
  name: string
  /** The same for every request, or made for each. */
  reply: ScriptedReply | ((request: RecordedRequest) => ScriptedReply)
  code: InsideLLMsErrorCode
  fields?: Partial<InsideLLMsError>
}

interface Documented extends Pick<Failure, 'name' | 'code' | 'fields'> {
  status: number
  headers?: Record<string, string>
  body: object
}

/** What every vendor's gateway may do. */
const failuresOfAll: readonly Failure[] = [
  {
    name: '502 html',
    reply: text('<html><body>Bad gateway</body></html>', { status: 502 }),
    code: 'server',
    fields: { retryable: true },
  },
  {
    name: '413 html',
    reply: text('<h1>Too large</h1>', { status: 413 }),
    code: 'invalid_request',
    fields: { status: 413 },
  },
  { name: 'error of a proxy', reply: json({ error: 'no such route' }, { status: 404 }), code: 'not_found' },
  { name: 'error without a body', reply: text('', { status: 503 }), code: 'server', fields: { retryable: true } },
  {
    name: '429 with an empty object',
    reply: json({}, { status: 429, headers: { 'retry-after': '0' } }),
    code: 'rate_limited',
    fields: { retryable: true, retryAfterMs: 0 },
  },
  { name: 'no answer', reply: noReply(), code: 'network', fields: { retryable: true } },
]

/** The failures of a file that was made from the vendor's documentation, which it names. */
export function documentedFailures(file: URL): Failure[] {
  const documented = JSON.parse(readFileSync(file, 'utf8')) as Documented[]
  return documented.map(({ name, status, headers = {}, body, code, fields }) => ({
    name,
    reply: json(body, { status, headers }),
    code,
    fields: { status, ...fields },
  }))
}

/** Each failure, the vendor's own and those of every gateway, is its typed error, whole and streamed, at one request. */
export function describeFailures(
  provider: string,
  modelId: string,
  withModel: WithModel<Model>,
  failures: readonly Failure[],
): void {
  describe('failures', () => {
    it.for([...failures, ...failuresOfAll])('$name', async ({ reply, code, fields }) => {
      let requests = 0
      const script = (request: RecordedRequest): ScriptedReply => {
        requests++
        return typeof reply === 'function' ? reply(request) : reply
      }
      await withModel(script, async (model) => {
        for (const call of [model.respond('Hi'), model.stream('Hi').response])
          expect(await failureOf(call)).toMatchObject({ code, ...fields, provider, modelId })
        expect(requests).toBe(2)
      })
    })
  })
}
