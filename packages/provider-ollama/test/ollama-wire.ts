import { json, ndjson, type RecordedRequest, type VendorWire, type WireAnswer } from '@insidellms/conformance'
import { facts } from './support.ts'

/** Source: https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollamaWire: VendorWire = {
  finishReasons: { stop: 'stop', length: 'length' },

  answer(answer, request) {
    const model = answer.model === undefined ? {} : { model: answer.model }
    const last = {
      done: true,
      done_reason: answer.finish,
      ...(answer.usage && { prompt_eval_count: answer.usage.inputTokens, eval_count: answer.usage.outputTokens }),
    }
    const pieces = piecesOf(answer)
    if (!asksForStream(request)) {
      const message = {
        role: 'assistant',
        content: answer.text.join(''),
        ...(answer.reasoning && { thinking: answer.reasoning.join('') }),
        ...(answer.toolCalls && { tool_calls: pieces.flatMap(({ message: { tool_calls: calls } }) => calls ?? []) }),
      }
      return json({ ...model, message, ...last, ...(answer.logprobs && { logprobs: answer.logprobs.map(toLogprob) }) })
    }
    return ndjson([
      ...pieces.map(({ message, logprobs }) => ({
        ...model,
        message: { role: 'assistant', content: '', ...message },
        done: false,
        ...(logprobs && { logprobs }),
      })),
      { ...model, message: { role: 'assistant', content: '' }, ...last },
    ])
  },

  error: ({ status, message }) => json({ error: message }, { status }),
  overflow: () => json({ error: 'the input length exceeds the context length' }, { status: 400 }),
  noAnswer: () => json({ model: 'served', done: true, done_reason: 'stop' }),
  streamError: (message) => `${JSON.stringify({ error: message })}\n`,
  models: (ids) => json({ models: ids.map((name) => ({ name, model: name, digest: 'abc' })) }),
  aside: facts,
}

function asksForStream({ json: body }: RecordedRequest): boolean {
  return (body as { stream?: boolean } | undefined)?.stream === true
}

interface Piece {
  message: { content?: string; thinking?: string; tool_calls?: object[] }
  logprobs?: object[]
}

function piecesOf({ text, reasoning = [], toolCalls = [], logprobs }: WireAnswer): Piece[] {
  return [
    ...reasoning.map((thinking) => ({ message: { thinking } })),
    ...text.map((content, index) => ({
      message: { content },
      ...(logprobs && { logprobs: [toLogprob(logprobs[index]!)] }),
    })),
    ...toolCalls.map(({ id, name, arguments: input }) => ({
      message: { tool_calls: [{ id, function: { name, arguments: JSON.parse(input) as object } }] },
    })),
  ]
}

function toLogprob({ token, logprob, top }: NonNullable<WireAnswer['logprobs']>[number]): object {
  return { token, logprob, top_logprobs: top }
}
