import {
  json,
  type RecordedRequest,
  sseEvent,
  stream,
  type VendorWire,
  type WireAnswer,
  type WireLogprob,
} from '@insidellms/conformance'

/** Chat completions: https://platform.openai.com/docs/api-reference/chat */
export const chatWire: VendorWire = {
  finishReasons: { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls', 'content-filter': 'content_filter' },

  answer(answer, request) {
    const headers: Record<string, string> = answer.requestId === undefined ? {} : { 'x-request-id': answer.requestId }
    const facts = {
      ...(answer.responseId !== undefined && { id: answer.responseId }),
      ...(answer.model !== undefined && { model: answer.model }),
      ...(answer.fingerprint !== undefined && { system_fingerprint: answer.fingerprint }),
    }
    const usage = answer.usage && {
      prompt_tokens: answer.usage.inputTokens,
      completion_tokens: answer.usage.outputTokens,
      total_tokens: answer.usage.inputTokens + answer.usage.outputTokens,
    }
    if (!asksForStream(request))
      return json(
        { ...facts, object: 'chat.completion', choices: [wholeChoice(answer)], ...(usage && { usage }) },
        { headers },
      )
    const chunk = (choices: object[], more: object = {}): string =>
      sseEvent({ ...facts, object: 'chat.completion.chunk', choices, ...more })
    const choice = (delta: object, more: object = {}): object => ({ index: 0, delta, finish_reason: null, ...more })
    return stream(
      [
        chunk([choice({ role: 'assistant', content: '' })]),
        ...(answer.reasoning ?? []).map((piece) => chunk([choice({ reasoning_content: piece })])),
        ...answer.text.map((piece, index) =>
          chunk([
            choice(
              { content: piece },
              answer.logprobs && { logprobs: { content: [toLogprob(answer.logprobs[index]!)] } },
            ),
          ]),
        ),
        ...(answer.refusal === undefined ? [] : [chunk([choice({ refusal: answer.refusal })])]),
        ...toolDeltas(answer).map((delta) => chunk([choice({ tool_calls: [delta] })])),
        chunk([choice({}, { finish_reason: answer.finish })]),
        ...(usage ? [chunk([], { usage })] : []),
        sseEvent('[DONE]'),
      ],
      { headers },
    )
  },

  error({ status, message, requestId }) {
    const headers: Record<string, string> = requestId === undefined ? {} : { 'x-request-id': requestId }
    const type = status < 500 ? 'invalid_request_error' : 'server_error'
    return json({ error: { message, type, param: null, code: null } }, { status, headers })
  },

  overflow: () =>
    json(
      {
        error: {
          message: 'Too long.',
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      },
      { status: 400 },
    ),

  noAnswer: () => json({ id: 'chatcmpl-1', object: 'chat.completion', model: 'served', choices: [] }),

  streamError: (message) => sseEvent({ error: { message, type: 'server_error', code: null } }),

  models: (ids) => json({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) }),
}

function asksForStream({ json: body }: RecordedRequest): boolean {
  return (body as { stream?: boolean } | undefined)?.stream === true
}

function wholeChoice({ text, reasoning, refusal, toolCalls, logprobs, finish }: WireAnswer): object {
  return {
    index: 0,
    message: {
      role: 'assistant',
      content: text.length === 0 ? null : text.join(''),
      ...(reasoning && { reasoning_content: reasoning.join('') }),
      ...(refusal !== undefined && { refusal }),
      ...(toolCalls && {
        tool_calls: toolCalls.map(({ id, name, arguments: input }) => ({
          id,
          type: 'function',
          function: { name, arguments: input },
        })),
      }),
    },
    ...(logprobs && { logprobs: { content: logprobs.map(toLogprob) } }),
    finish_reason: finish,
  }
}

function toolDeltas({ toolCalls = [] }: WireAnswer): object[] {
  return toolCalls.flatMap(({ id, name, arguments: input }, index) => [
    { index, id, type: 'function', function: { name, arguments: '' } },
    { index, function: { arguments: input.slice(0, 5) } },
    { index, function: { arguments: input.slice(5) } },
  ])
}

function toLogprob({ token, logprob, top }: WireLogprob): object {
  return { token, logprob, bytes: null, top_logprobs: top.map((other) => ({ ...other, bytes: null })) }
}
