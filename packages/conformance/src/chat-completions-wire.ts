import { json, sse, sseEvent } from './reply.ts'
import type { RecordedRequest } from './scripted-server.ts'
import type { VendorWire, WireAnswer, WireLogprob } from './vendor-wire.ts'

/**
 * The bytes of OpenAI's chat completions API, which many servers speak. A provider for one of them can begin with this,
 * and replace what its server does in another way.
 *
 * Source: https://platform.openai.com/docs/api-reference/chat
 */
export const chatCompletionsWire: VendorWire = {
  finishReasons: { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls', 'content-filter': 'content_filter' },

  answer(answer, request) {
    const options = { headers: requestIdHeader(answer.requestId) }
    return wantsStream(request)
      ? sse([...chunksOf(answer), '[DONE]'], options)
      : json({ ...headOf(answer, 'chat.completion'), choices: [choiceOf(answer)], ...usageOf(answer) }, options)
  },

  error: ({ status, message, requestId }) =>
    json(
      { error: { message, type: 'conformance_error', code: null } },
      { status, headers: requestIdHeader(requestId) },
    ),

  overflow: () =>
    json(
      {
        error: {
          message: "This model's maximum context length is 8192 tokens. However, your messages have 9000 tokens.",
          type: 'invalid_request_error',
          code: 'context_length_exceeded',
        },
      },
      { status: 400 },
    ),

  noAnswer: () => json({ id: 'chatcmpl-1', object: 'chat.completion', model: 'conformance-served-1', choices: [] }),
  streamError: (message) => sseEvent({ error: { message, type: 'server_error', code: null } }),
  models: (ids) => json({ object: 'list', data: ids.map((id) => ({ id, object: 'model', owned_by: 'conformance' })) }),
}

function wantsStream({ json: body }: RecordedRequest): boolean {
  return (body as { stream?: unknown } | undefined)?.stream === true
}

function requestIdHeader(requestId: string | undefined): Record<string, string> {
  return requestId === undefined ? {} : { 'x-request-id': requestId }
}

function headOf({ responseId: id, model, fingerprint }: WireAnswer, object: string): object {
  return { id, object, created: 1_700_000_000, model, system_fingerprint: fingerprint }
}

function choiceOf({ text, reasoning, refusal, toolCalls, logprobs, finish }: WireAnswer): object {
  return {
    index: 0,
    message: {
      role: 'assistant',
      content: text.length === 0 ? null : text.join(''),
      reasoning_content: reasoning?.join(''),
      refusal: refusal ?? null,
      tool_calls: toolCalls?.map(({ id, ...called }) => ({ id, type: 'function', function: called })),
    },
    logprobs: logprobs ? { content: logprobs.map(logprobOf) } : null,
    finish_reason: finish,
  }
}

function logprobOf({ token, logprob, top }: WireLogprob): object {
  const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)]
  return {
    token,
    logprob,
    bytes: bytesOf(token),
    top_logprobs: top.map((other) => ({ ...other, bytes: bytesOf(other.token) })),
  }
}

function usageOf({ usage }: WireAnswer): object {
  if (usage === undefined) return {}
  const { inputTokens: input, outputTokens: output } = usage
  return { usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output } }
}

function* chunksOf(answer: WireAnswer): Generator<object> {
  const head = headOf(answer, 'chat.completion.chunk')
  const chunk = (delta: object, more: object = {}): object => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }],
  })
  yield chunk({ role: 'assistant', content: '', refusal: null })
  for (const reasoning_content of answer.reasoning ?? []) yield chunk({ reasoning_content })
  for (const [index, content] of answer.text.entries()) {
    const logprob = answer.logprobs?.[index]
    yield chunk({ content }, logprob && { logprobs: { content: [logprobOf(logprob)] } })
  }
  if (answer.refusal !== undefined) yield chunk({ refusal: answer.refusal })
  for (const [index, { id, name, arguments: whole }] of (answer.toolCalls ?? []).entries()) {
    yield chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] })
    for (const piece of [whole.slice(0, 5), whole.slice(5)])
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] })
  }
  yield chunk({}, { finish_reason: answer.finish })
  if (answer.usage !== undefined) yield { ...head, choices: [], ...usageOf(answer) }
}
