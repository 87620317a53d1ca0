import { json, sse, sseEvent } from '../../src/reply.ts'
import type { VendorWire, WireAnswer } from '../../src/vendor-wire.ts'

/** How the invented vendor's bytes look. */
export const acmeWire: VendorWire = {
  finishReasons: { stop: 'done', length: 'limit', 'tool-calls': 'calls', 'content-filter': 'blocked' },

  answer(answer, request) {
    const headers = answer.requestId === undefined ? {} : { 'acme-id': answer.requestId }
    const { finish: end, usage, toolCalls, logprobs: tokens } = answer
    const calls = toolCalls?.map((call, index) => ({ index, ...call }))
    const last = { end, ...(usage && { usage: { in: usage.inputTokens, out: usage.outputTokens } }) }
    const wantsStream = (request.json as { stream?: boolean }).stream === true
    if (!wantsStream)
      return json(
        {
          ...head(answer),
          text: answer.text.join(''),
          thinking: answer.reasoning?.join(''),
          calls,
          refused: answer.refusal,
          tokens,
          ...last,
        },
        { headers },
      )
    const events = [
      head(answer),
      ...(answer.reasoning ?? []).map((thinking) => ({ thinking })),
      ...answer.text.map((text, index) => ({ text, tokens: tokens && [tokens[index]] })),
      ...(answer.refusal === undefined ? [] : [{ refused: answer.refusal }]),
      ...(calls ?? []).flatMap(({ arguments: whole, ...call }) => [
        { calls: [{ ...call, arguments: whole.slice(0, 4) }] },
        { calls: [{ index: call.index, arguments: whole.slice(4) }] },
      ]),
      last,
    ]
    return sse(events, { headers })
  },

  error: ({ status, message, requestId }) =>
    json({ error: { message } }, { status, headers: requestId === undefined ? {} : { 'acme-id': requestId } }),

  overflow: () => json({ error: { message: 'The prompt has 9000 tokens of 8192', kind: 'too_long' } }, { status: 400 }),
  noAnswer: () => json({ id: 'r1', model: 'acme-1' }),
  streamError: (message) => sseEvent({ error: { message } }),
  models: (models) => json({ models }),
  tokenCount: (count) => json({ count }),
  aside: ({ path }) => (path === '/v1/version' ? json({ version: '1.0' }) : undefined),
}

function head({ responseId: id, model, fingerprint: build }: WireAnswer): object {
  return { id, model, build }
}
