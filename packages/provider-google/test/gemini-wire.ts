import { json, type RecordedRequest, sseEvent, stream, type VendorWire, type WireAnswer } from '@insidellms/conformance'

/** Source: https://ai.google.dev/api/generate-content */
export const geminiWire: VendorWire = {
  finishReasons: { stop: 'STOP', length: 'MAX_TOKENS', 'content-filter': 'SAFETY' },

  answer(answer, request) {
    const facts = {
      ...(answer.model !== undefined && { modelVersion: answer.model }),
      ...(answer.responseId !== undefined && { responseId: answer.responseId }),
    }
    const usage = answer.usage && {
      usageMetadata: {
        promptTokenCount: answer.usage.inputTokens,
        candidatesTokenCount: answer.usage.outputTokens,
        totalTokenCount: answer.usage.inputTokens + answer.usage.outputTokens,
      },
    }
    const pieces = partsOf(answer)
    if (!asksForStream(request)) {
      const parts = pieces.reduce<Piece[]>(join, [])
      const candidate = {
        content: { role: 'model', parts: parts.map(({ part }) => part) },
        finishReason: answer.finish,
        index: 0,
        ...logprobsOf(answer.logprobs),
      }
      return json({ candidates: [candidate], ...usage, ...facts })
    }
    return stream([
      ...pieces.map(({ part, logprob }) =>
        sseEvent({
          candidates: [{ content: { role: 'model', parts: [part] }, index: 0, ...logprobsOf(logprob) }],
          ...facts,
        }),
      ),
      sseEvent({
        candidates: [{ content: { role: 'model', parts: [] }, finishReason: answer.finish, index: 0 }],
        ...usage,
        ...facts,
      }),
    ])
  },

  error({ status, message }) {
    const words: Record<number, string> = {
      401: 'UNAUTHENTICATED',
      403: 'PERMISSION_DENIED',
      404: 'NOT_FOUND',
      429: 'RESOURCE_EXHAUSTED',
      503: 'UNAVAILABLE',
    }
    const word = words[status]
    return json({ error: { code: status, message, ...(word && { status: word }) } }, { status })
  },

  overflow() {
    const message = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'
    return json({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }, { status: 400 })
  },

  noAnswer: () => json({ candidates: [], usageMetadata: { promptTokenCount: 3 } }),
  streamError: (message) => sseEvent({ error: { code: 503, message, status: 'UNAVAILABLE' } }),
  models: (ids) => json({ models: ids.map((id) => ({ name: `models/${id}` })) }),
  tokenCount: (count) => json({ totalTokens: count }),
}

function asksForStream({ path }: RecordedRequest): boolean {
  return path.includes(':streamGenerateContent')
}

interface Piece {
  part: { text?: string; thought?: boolean; functionCall?: object }
  logprob?: WireAnswer['logprobs']
}

function partsOf({ reasoning = [], text, toolCalls = [], logprobs }: WireAnswer): Piece[] {
  return [
    ...reasoning.map((piece) => ({ part: { text: piece, thought: true } })),
    ...text.map((piece, index) => ({ part: { text: piece }, ...(logprobs && { logprob: [logprobs[index]!] }) })),
    ...toolCalls.map(({ id, name, arguments: input }) => ({
      part: { functionCall: { id, name, args: JSON.parse(input) as object } },
    })),
  ]
}

/** An answer that is not streamed has each text in one piece. */
function join(pieces: Piece[], { part }: Piece): Piece[] {
  const last = pieces.at(-1)?.part
  if (last?.text === undefined || part.text === undefined || last.thought !== part.thought)
    return [...pieces, { part: { ...part } }]
  last.text += part.text
  return pieces
}

function logprobsOf(logprobs: WireAnswer['logprobs']): object {
  if (logprobs === undefined) return {}
  const toCandidate = ({ token, logprob }: { token: string; logprob: number }) => ({ token, logProbability: logprob })
  return {
    logprobsResult: {
      chosenCandidates: logprobs.map(toCandidate),
      topCandidates: logprobs.map(({ top }) => ({ candidates: top.map(toCandidate) })),
    },
  }
}
