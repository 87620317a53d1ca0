import { json, type RecordedRequest, sseEvent, stream, type VendorWire, type WireAnswer } from '@insidellms/conformance'

/** Sources: https://docs.cohere.com/v2/reference/chat and https://docs.cohere.com/v2/docs/streaming */
export const cohereWire: VendorWire = {
  finishReasons: { stop: 'COMPLETE', length: 'MAX_TOKENS', 'tool-calls': 'TOOL_CALL' },

  answer(answer, request) {
    const headers: Record<string, string> =
      answer.requestId === undefined ? {} : { 'x-debug-trace-id': answer.requestId }
    const id = answer.responseId === undefined ? {} : { id: answer.responseId }
    const end = {
      finish_reason: answer.finish,
      ...(answer.usage && {
        usage: { tokens: { input_tokens: answer.usage.inputTokens, output_tokens: answer.usage.outputTokens } },
      }),
    }
    const calls = (answer.toolCalls ?? []).map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    }))
    const logprobs = answer.logprobs?.map(({ token, logprob }) => ({
      text: token,
      token_ids: [1],
      logprobs: [logprob],
    }))
    if (!asksForStream(request))
      return json(
        {
          ...id,
          message: { role: 'assistant', content: contentOf(answer), ...(calls.length > 0 && { tool_calls: calls }) },
          ...(logprobs && { logprobs }),
          ...end,
        },
        { headers },
      )
    const events = [
      {
        ...id,
        type: 'message-start',
        delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
      },
      ...contentEvents(answer, logprobs),
      ...calls.flatMap(({ function: called, ...call }, index) => [
        {
          type: 'tool-call-start',
          index,
          delta: { message: { tool_calls: { ...call, function: { ...called, arguments: '' } } } },
        },
        ...[called.arguments.slice(0, 5), called.arguments.slice(5)].map((piece) => ({
          type: 'tool-call-delta',
          index,
          delta: { message: { tool_calls: { function: { arguments: piece } } } },
        })),
        { type: 'tool-call-end', index },
      ]),
      { type: 'message-end', delta: end },
    ]
    return stream(
      events.map((event) => sseEvent(event, event.type)),
      { headers },
    )
  },

  error({ status, message, requestId }) {
    return json({ message }, { status, headers: requestId === undefined ? {} : { 'x-debug-trace-id': requestId } })
  },

  overflow: () => json({ message: 'too many tokens: size limit exceeded by 11326 tokens.' }, { status: 400 }),

  noAnswer: () => json({ id: 'chat-1', message: null, finish_reason: 'COMPLETE' }),

  streamError: (message) =>
    sseEvent({ type: 'message-end', delta: { finish_reason: 'ERROR', error: message } }, 'message-end'),

  models: (ids) => json({ models: ids.map((name) => ({ name, endpoints: ['chat'], context_length: 128_000 })) }),
}

function asksForStream({ json: body }: RecordedRequest): boolean {
  return (body as { stream?: boolean } | undefined)?.stream === true
}

function contentOf({ reasoning, text }: WireAnswer): object[] {
  return [
    ...(reasoning === undefined ? [] : [{ type: 'thinking', thinking: reasoning.join('') }]),
    ...(text.length === 0 ? [] : [{ type: 'text', text: text.join('') }]),
  ]
}

function contentEvents(
  { reasoning, text }: WireAnswer,
  logprobs: object[] | undefined,
): { type: string; [field: string]: unknown }[] {
  const lists = [
    ...(reasoning === undefined ? [] : [{ field: 'thinking', pieces: reasoning }]),
    ...(text.length === 0 ? [] : [{ field: 'text', pieces: text }]),
  ]
  return lists.flatMap(({ field, pieces }, index) => [
    { type: 'content-start', index, delta: { message: { content: { type: field, [field]: '' } } } },
    ...pieces.map((piece, at) => ({
      type: 'content-delta',
      index,
      delta: { message: { content: { [field]: piece } } },
      ...(field === 'text' && logprobs && { logprobs: logprobs[at] }),
    })),
    { type: 'content-end', index },
  ])
}
