import { json, type RecordedRequest, sseEvent, stream, type VendorWire, type WireAnswer } from '@insidellms/conformance'
import { chatWire } from '@insidellms/test-support'

/** The responses API: https://platform.openai.com/docs/api-reference/responses-streaming */
export const responsesWire: VendorWire = {
  ...chatWire,
  finishReasons: { stop: 'completed', length: 'max_output_tokens', 'content-filter': 'content_filter' },

  answer(answer, request) {
    const headers: Record<string, string> = answer.requestId === undefined ? {} : { 'x-request-id': answer.requestId }
    const body = wholeBody(answer)
    if (!asksForStream(request)) return json(body, { headers })
    const event = (type: string, more: object): string => sseEvent({ type, ...more }, type)
    return stream(
      [
        event('response.created', { response: { ...body, status: 'in_progress', output: [] } }),
        ...(answer.reasoning ?? []).map((delta) =>
          event('response.reasoning_summary_text.delta', { output_index: 0, summary_index: 0, delta }),
        ),
        ...answer.text.map((delta) =>
          event('response.output_text.delta', { output_index: 1, content_index: 0, delta }),
        ),
        ...(answer.refusal === undefined
          ? []
          : [event('response.refusal.delta', { output_index: 1, delta: answer.refusal })]),
        ...(answer.toolCalls ?? []).flatMap(({ id, name, arguments: input }, index) => [
          event('response.output_item.added', {
            output_index: index + 2,
            item: { type: 'function_call', call_id: id, name, arguments: '' },
          }),
          event('response.function_call_arguments.delta', { output_index: index + 2, delta: input.slice(0, 5) }),
          event('response.function_call_arguments.delta', { output_index: index + 2, delta: input.slice(5) }),
        ]),
        event(body.status === 'incomplete' ? 'response.incomplete' : 'response.completed', { response: body }),
      ],
      { headers },
    )
  },

  noAnswer: () => json({ id: 'resp_1', object: 'response', status: 'completed', model: 'served' }),

  streamError: (message) => sseEvent({ type: 'error', code: 'server_error', message, param: null }, 'error'),
}

function wholeBody({ text, finish, usage, model, responseId, reasoning, toolCalls, refusal, logprobs }: WireAnswer): {
  status: string
} {
  const isIncomplete = finish !== 'completed' && ['max_output_tokens', 'content_filter'].includes(finish)
  const content = [
    ...(text.length === 0
      ? []
      : [
          {
            type: 'output_text',
            text: text.join(''),
            annotations: [],
            ...(logprobs && {
              logprobs: logprobs.map(({ token, logprob, top }) => ({ token, logprob, bytes: null, top_logprobs: top })),
            }),
          },
        ]),
    ...(refusal === undefined ? [] : [{ type: 'refusal', refusal }]),
  ]
  return {
    object: 'response',
    ...(responseId !== undefined && { id: responseId }),
    ...(model !== undefined && { model }),
    status: isIncomplete ? 'incomplete' : finish,
    ...(isIncomplete && { incomplete_details: { reason: finish } }),
    output: [
      ...(reasoning
        ? [{ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: reasoning.join('') }] }]
        : []),
      ...(content.length === 0 ? [] : [{ type: 'message', id: 'msg_1', role: 'assistant', content }]),
      ...(toolCalls ?? []).map(({ id, name, arguments: input }) => ({
        type: 'function_call',
        call_id: id,
        name,
        arguments: input,
      })),
    ],
    ...(usage && {
      usage: {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        total_tokens: usage.inputTokens + usage.outputTokens,
      },
    }),
  } as { status: string }
}

function asksForStream({ json: body }: RecordedRequest): boolean {
  return (body as { stream?: boolean } | undefined)?.stream === true
}
