import {
  chatCompletionsWire,
  json,
  type ProviderDescription,
  type RecordedRequest,
  sse,
  sseEvent,
  type VendorWire,
  type WireAnswer,
} from '@insidellms/conformance'
import { createOpenAIDriver, type OpenAISettings } from '../src/openai-driver.ts'

/** https://platform.openai.com/docs/api-reference/responses/input-tokens */
const tokenCount: NonNullable<VendorWire['tokenCount']> = (count) =>
  json({ object: 'response.input_tokens', input_tokens: count })

/** https://platform.openai.com/docs/api-reference/responses */
const responsesWire: VendorWire = {
  ...chatCompletionsWire,
  finishReasons: {
    stop: 'completed',
    length: 'max_output_tokens',
    'content-filter': 'content_filter',
    'tool-calls': 'completed',
    refusal: 'completed',
  },
  tokenCount,

  answer(answer, request) {
    const options = { headers: answer.requestId === undefined ? {} : { 'x-request-id': answer.requestId } }
    return wantsStream(request) ? sse([...eventsOf(answer)], options) : json(bodyOf(answer), options)
  },

  noAnswer: () => json({ id: 'resp_1', object: 'response', status: 'completed', model: 'conformance-served-1' }),
  streamError: (message) => sseEvent({ type: 'error', code: 'server_error', message, param: null }, 'error'),
}

function wantsStream({ json: body }: RecordedRequest): boolean {
  return (body as { stream?: unknown } | undefined)?.stream === true
}

function bodyOf(answer: WireAnswer): object {
  const { responseId: id, model, finish, usage } = answer
  const cut = finish !== 'completed' && (finish === 'max_output_tokens' || finish === 'content_filter')
  return {
    id,
    object: 'response',
    model,
    status: cut ? 'incomplete' : finish,
    incomplete_details: cut ? { reason: finish } : null,
    output: itemsOf(answer),
    usage: usage && {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
  }
}

function itemsOf({ text, reasoning, refusal, toolCalls = [], logprobs }: WireAnswer): object[] {
  const content = [
    ...(text.length === 0
      ? []
      : [
          {
            type: 'output_text',
            text: text.join(''),
            annotations: [],
            logprobs: logprobs?.map(({ token, logprob, top }) => ({ token, logprob, bytes: [], top_logprobs: top })),
          },
        ]),
    ...(refusal === undefined ? [] : [{ type: 'refusal', refusal }]),
  ]
  return [
    ...(reasoning
      ? [{ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: reasoning.join('') }] }]
      : []),
    ...(content.length > 0 ? [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }] : []),
    ...toolCalls.map((call, index) => ({
      type: 'function_call',
      id: `fc_${index}`,
      call_id: call.id,
      name: call.name,
      arguments: call.arguments,
    })),
  ]
}

function* eventsOf(answer: WireAnswer): Generator<object> {
  const { finish, reasoning = [], text, refusal, toolCalls = [] } = answer
  let output_index = 0
  yield { type: 'response.created', response: { id: answer.responseId, object: 'response', status: 'in_progress' } }
  if (reasoning.length > 0) {
    yield { type: 'response.reasoning_summary_part.added', output_index, summary_index: 0 }
    for (const delta of reasoning)
      yield { type: 'response.reasoning_summary_text.delta', output_index, summary_index: 0, delta }
    output_index++
  }
  if (text.length > 0 || refusal !== undefined) {
    yield { type: 'response.output_item.added', output_index, item: { type: 'message', id: 'msg_1', content: [] } }
    for (const delta of text) yield { type: 'response.output_text.delta', output_index, content_index: 0, delta }
    if (refusal !== undefined) yield { type: 'response.refusal.delta', output_index, content_index: 0, delta: refusal }
    output_index++
  }
  for (const [index, { id, name, arguments: whole }] of toolCalls.entries()) {
    const item = { type: 'function_call', id: `fc_${index}`, call_id: id, name, arguments: '' }
    yield { type: 'response.output_item.added', output_index, item }
    for (const delta of [whole.slice(0, 5), whole.slice(5)])
      yield { type: 'response.function_call_arguments.delta', output_index, delta }
    output_index++
  }
  const type = finish === 'max_output_tokens' || finish === 'content_filter' ? 'incomplete' : 'completed'
  yield { type: `response.${type}`, response: bodyOf(answer) }
}

function describeApi(
  api: NonNullable<OpenAISettings['api']>,
): Pick<ProviderDescription, 'createDriver' | 'package' | 'sdk'> {
  return {
    createDriver: ({ url, apiKey }) =>
      createOpenAIDriver({ modelName: 'gpt-conformance', apiKey, baseUrl: `${url}/v1`, api }),
    package: new URL('..', import.meta.url),
    sdk: ['openai'],
  }
}

export const openaiChat: ProviderDescription = {
  ...describeApi('chat'),
  variant: 'chat completions',
  wire: {
    ...chatCompletionsWire,
    finishReasons: { ...chatCompletionsWire.finishReasons, refusal: 'stop' },
    tokenCount,
  },
  skip: { 'option-topK': 'the API has no top_k' },
}

export const openaiResponses: ProviderDescription = {
  ...describeApi('responses'),
  variant: 'responses',
  wire: responsesWire,
  skip: {
    'option-topK': 'the API has no top_k',
    'option-stop': 'the responses API has no stop',
    'option-seed': 'the responses API has no seed',
    'option-presencePenalty': 'the responses API has no penalties',
    'option-frequencyPenalty': 'the responses API has no penalties',
    'served-fingerprint': 'the responses API has no system_fingerprint',
  },
}
