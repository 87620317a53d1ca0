import type {
  ChatMessage,
  GenerateOptions,
  JsonObject,
  ModelDelta,
  ModelResponse,
  ResponsePart,
} from '@insidellms/core'
import { json, sse } from '@insidellms/conformance'
import { describe, expect, it } from 'vitest'
import { readMessage } from '../src/messages-response.ts'
import { MessageStream } from '../src/messages-stream.ts'
import { answer, bodyOf, textEvents, withModel } from './support.ts'

describe('options', () => {
  const table: [GenerateOptions, JsonObject, JsonObject][] = [
    [{ reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }, { reasoning: { status: 'mapped' } }],
    [{ reasoning: { budgetTokens: 0 } }, { thinking: { type: 'disabled' } }, { reasoning: { status: 'mapped' } }],
    [
      { reasoning: { effort: 'none', budgetTokens: 2000 } },
      { thinking: { type: 'disabled' } },
      { reasoning: { status: 'adjusted', wire: '/thinking' } },
    ],
    [
      { reasoning: { effort: 'high' } },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      { reasoning: { status: 'mapped', wire: '/output_config/effort' }, thinking: { status: 'adjusted' } },
    ],
    [
      { reasoning: { effort: 'minimal' } },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      { reasoning: { status: 'adjusted', value: 'low' } },
    ],
    [
      { reasoning: { budgetTokens: 2000 }, maxTokens: 4000 },
      { thinking: { type: 'enabled', budget_tokens: 2000 }, max_tokens: 4000 },
      { reasoning: { status: 'mapped', wire: '/thinking' } },
    ],
    [
      { reasoning: { budgetTokens: 100 } },
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
      { reasoning: { status: 'adjusted', wire: '/thinking', reason: 'the smallest budget is 1024' } },
    ],
    [
      { reasoning: { effort: 'medium', budgetTokens: 5000 } },
      { thinking: { type: 'enabled', budget_tokens: 5000 }, output_config: { effort: 'medium' }, max_tokens: 9096 },
      { reasoning: { status: 'mapped' }, thinking: { status: 'mapped' } },
    ],
    [{ reasoning: {} }, {}, { reasoning: { status: 'refused' } }],
    [
      { responseFormat: { type: 'text' } },
      { output_config: { format: null } },
      { responseFormat: { status: 'mapped' } },
    ],
    [{ responseFormat: { type: 'json' } }, {}, { responseFormat: { status: 'refused' } }],
    [
      { responseFormat: { type: 'json_schema', schema: { type: 'object' } }, reasoning: { effort: 'low' } },
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } }, effort: 'low' } },
      { responseFormat: { status: 'mapped', wire: '/output_config/format' } },
    ],
    [{ stop: 'END' }, { stop_sequences: ['END'] }, { stop: { status: 'sent' } }],
    [{ toolChoice: 'auto' }, {}, { toolChoice: { status: 'refused', reason: 'it needs tools' } }],
    [{ temperature: 1.5 }, {}, { temperature: { status: 'refused' } }],
    [
      { tools: [{ name: 'now', parameters: {} }], toolChoice: 'required' },
      { tools: [{ name: 'now', input_schema: { type: 'object' } }], tool_choice: { type: 'any' } },
      { toolChoice: { status: 'mapped' } },
    ],
    [
      { tools: [{ name: 'now', parameters: {} }], toolChoice: { name: 'now' } },
      { tool_choice: { type: 'tool', name: 'now' } },
      {},
    ],
    [
      { reasoning: { effort: 'low' }, providerOptions: { thinking: { type: 'between_tools' } } },
      { thinking: { type: 'between_tools' }, output_config: { effort: 'low' } },
      { 'providerOptions.thinking': { status: 'sent' } },
    ],
  ]

  it.for(table)('%j', async ([options, body, ledger]) => {
    const sent = await bodyOf('Hi', options)
    expect(sent.body).toMatchObject(body)
    expect(sent.response.ledger).toMatchObject(ledger)
    const expected = new Set(['model', 'messages', 'max_tokens', ...Object.keys(body), ...beside(options)])
    expect(new Set(Object.keys(sent.body))).toEqual(expected)
  })

  function beside({ reasoning, tools }: GenerateOptions): string[] {
    return [
      ...(reasoning?.effort && reasoning.effort !== 'none' ? ['thinking', 'output_config'] : []),
      ...(tools ? ['tools'] : []),
    ]
  }

  it('send the number of tokens that the API demands, and say so', async () => {
    const unknown = await bodyOf('Hi', {})
    expect(unknown.body['max_tokens']).toBe(4096)
    expect(unknown.response.ledger['maxTokens']).toEqual({
      status: 'adjusted',
      wire: '/max_tokens',
      value: 4096,
      reason: "the API demands a number, and the model's limit is not known",
    })
    const known = await bodyOf('Hi', {}, { modelName: 'claude-3-5-haiku-20241022' })
    expect(known.body['max_tokens']).toBe(8192)
    const replaced = await bodyOf('Hi', { providerOptions: { max_tokens: 5 } })
    expect(replaced.body['max_tokens']).toBe(5)
    expect(replaced.response.ledger['maxTokens']).toMatchObject({ status: 'adjusted', value: 5 })
  })

  it.for([
    [{}, {}, '2026-10-21'],
    [{ temperature: 0 }, {}, '2023-06-01'],
    [{ topK: 5 }, {}, '2023-06-01'],
    [{ providerOptions: { top_p: 0.5 } }, {}, '2023-06-01'],
    [{}, { apiVersion: '2023-06-01' }, '2023-06-01'],
    [{ temperature: 0 }, { apiVersion: '2026-10-21' }, '2026-10-21'],
  ] as const)('%j under %j go out with anthropic-version %s', async ([options, settings, version]) => {
    const { headers, body, response } = await bodyOf('Hi', options, settings)
    expect(headers['anthropic-version']).toBe(version)
    if (!('temperature' in options)) return
    // Later versions take no sampling option on any model.
    const sent = version === '2023-06-01'
    expect('temperature' in body).toBe(sent)
    expect(response.ledger['temperature']).toMatchObject({ status: sent ? 'sent' : 'refused' })
    if (sent) expect(response.ledger['temperature']!.reason).toContain('2023-06-01')
  })
})

describe('messages', () => {
  it('at the start are the system prompt, and stay in their places later', async () => {
    const chat: ChatMessage[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'Be briefer.' },
    ]
    const { body } = await bodyOf(chat, {})
    expect(body).toMatchObject({
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'system', content: 'Be briefer.' },
      ],
    })
    const { body: two } = await bodyOf([{ role: 'system', content: 'Be kind.' }, ...chat], {})
    expect(two['system']).toEqual([
      { type: 'text', text: 'Be kind.' },
      { type: 'text', text: 'Be brief.' },
    ])
  })

  it('of tools in a row are one turn', async () => {
    const { body } = await bodyOf(
      [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'tool-call', id: 'a', name: 'now', arguments: '' },
            { type: 'tool-call', id: 'b', name: 'now', arguments: '{"at":1}' },
          ],
        },
        { role: 'tool', toolCallId: 'a', content: '1' },
        { role: 'tool', toolCallId: 'b', content: 'broken', isError: true },
        { role: 'user', content: 'And?' },
      ],
      {},
    )
    expect(body['messages'].slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'now', input: {} },
          { type: 'tool_use', id: 'b', name: 'now', input: { at: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          { type: 'tool_result', tool_use_id: 'b', content: 'broken', is_error: true },
        ],
      },
      { role: 'user', content: 'And?' },
    ])
  })

  it('lose what the API does not take, and the ledger says so', async () => {
    const { body, response } = await bodyOf(
      [
        {
          role: 'user',
          content: [{ type: 'image', image: new Uint8Array([1, 2, 3]), mediaType: 'image/webp', detail: 'high' }],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Elsewhere.', providerMetadata: { item: { type: 'reasoning' } } },
            { type: 'text', text: 'Yes.', annotations: [{ type: 'url_citation', url: 'https://example.com' }] },
            { type: 'text', text: '' },
            { type: 'refusal', text: 'No.' },
            { type: 'tool-call', id: 'a', name: 'now', arguments: '{"at": ', providerMetadata: { id: 'fc_1' } },
            { type: 'other', kind: 'web_search_call', data: { type: 'web_search_call' } },
          ],
        },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'Go on.' },
      ],
      {},
    )
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'AQID' } }],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Yes.' },
          { type: 'text', text: 'No.' },
          { type: 'tool_use', id: 'a', name: 'now', input: { INVALID_JSON: '{"at": ' } },
        ],
      },
      { role: 'user', content: 'Go on.' },
    ])
    const { status, wire, reason } = response.ledger['messages']!
    expect({ status, wire }).toEqual({ status: 'adjusted', wire: '/messages' })
    for (const word of ['detail', 'reasoning', 'annotations', 'INVALID_JSON', 'web_search_call', 'nothing in them'])
      expect(reason).toContain(word)
  })

  it('take marks of the prompt cache with their parts', async () => {
    const cache_control = { type: 'ephemeral' }
    const { body } = await bodyOf(
      [
        {
          role: 'user',
          content: [{ type: 'text', text: 'Long.', providerMetadata: { anthropic: { cache_control } } }],
        },
      ],
      {},
    )
    expect(body['messages'][0].content).toEqual([{ type: 'text', text: 'Long.', cache_control }])
  })
})

describe('answers', () => {
  it.for([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool-calls'],
    ['pause_turn', 'pause'],
    ['compaction', 'pause'],
    ['refusal', 'refusal'],
    ['reason_of_tomorrow', 'other'],
    [null, 'other'],
  ] as const)('that end with %s are %s', ([raw, kind]) => {
    expect(readMessage({ ...answer, stop_reason: raw }).finish).toEqual({ kind, raw })
  })

  it('say why they were refused', () => {
    const details = { type: 'refusal', category: 'bio', explanation: 'It could cause harm.' }
    const { parts } = readMessage({ ...answer, content: [], stop_reason: 'refusal', stop_details: details })
    expect(parts).toEqual([{ type: 'other', kind: 'stop_details', data: details }])
  })

  it('count the whole prompt, with what the cache had to do with', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 3000,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 4 },
    }
    expect(readMessage({ ...answer, usage }).usage).toEqual({
      inputTokens: 3210,
      outputTokens: 7,
      cachedInputTokens: 200,
      cacheWriteTokens: 3000,
      reasoningTokens: 4,
      raw: usage,
    })
    expect(readMessage({ ...answer, usage: null }).usage).toBeUndefined()
    expect(readMessage({ ...answer, usage: { output_tokens: 1 } }).usage).toEqual({
      outputTokens: 1,
      raw: { output_tokens: 1 },
    })
  })

  /** Blocks of each kind as the vendor's API reference shows them. */
  const blocks = [
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
    { type: 'thinking', thinking: '', signature: 'b21pdHRlZA==' },
    { type: 'redacted_thinking', data: 'ZW5jcnlwdGVk' },
    { type: 'text', text: 'See ', citations: null },
    {
      type: 'text',
      text: 'this.',
      citations: [{ type: 'web_search_result_location', url: 'https://example.com', encrypted_index: 'eA==' }],
    },
    { type: 'tool_use', id: 'toolu_1', name: 'now', input: { at: 1 }, caller: { type: 'direct' }, toolset_name: 'x' },
    {
      type: 'server_tool_use',
      id: 'srvtoolu_1',
      name: 'web_search',
      input: { query: 'x' },
      caller: { type: 'direct' },
    },
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [], caller: { type: 'direct' } },
    { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'n', server_name: 's', input: {} },
    { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', is_error: false, content: [{ type: 'text', text: 'y' }] },
    { type: 'container_upload', file_id: 'file_1' },
    { type: 'compaction', content: 'Summary.', encrypted_content: 'eA==', signature: 'c2ln' },
  ]

  it('give every block back as it came', async () => {
    const { parts } = readMessage({ ...answer, content: blocks })
    const { body, response } = await bodyOf(
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: JSON.parse(JSON.stringify(parts)) as ResponsePart[] },
        { role: 'user', content: 'Go on.' },
      ],
      {},
    )
    const [, turn] = body['messages']
    expect(turn.content).toEqual(
      blocks.map(({ citations, ...block }) => ({ ...block, ...(citations && { citations }) })),
    )
    expect(response.ledger['messages']).toBeUndefined()
  })

  it('keep a block that nobody knows', () => {
    const block = { type: 'hologram', url: 'https://example.com' }
    expect(readMessage({ ...answer, content: [block] }).parts).toEqual([
      { type: 'other', kind: 'hologram', data: block },
    ])
  })
})

describe('streams', () => {
  const read = (events: object[]): { stream: MessageStream; deltas: ModelDelta[] } => {
    const stream = new MessageStream()
    const deltas: ModelDelta[] = []
    for (const event of events) stream.take(JSON.stringify(event), deltas)
    return { stream, deltas }
  }
  const [start] = textEvents()
  const end = textEvents().slice(-2)
  const block = (index: number, content_block: object, ...deltas: object[]): object[] => [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]

  it('put every block together as a whole answer would have it, and leave the events as received', () => {
    const citation = { type: 'char_location', cited_text: 'x' }
    const events = [
      start!,
      ...block(
        0,
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: 'H' },
        { type: 'thinking_delta', thinking: 'm.' },
        { type: 'signature_delta', signature: 'c2ln' },
      ),
      ...block(1, { type: 'redacted_thinking', data: 'ZW5j' }),
      ...block(
        2,
        { type: 'text', text: 'A', citations: [] },
        { type: 'text_delta', text: 'B' },
        { type: 'citations_delta', citation },
        { type: 'delta_of_tomorrow', mood: 'good', text: 'C' },
      ),
      ...block(
        3,
        { type: 'tool_use', id: 'toolu_1', name: 'now', input: {} },
        { type: 'input_json_delta', partial_json: '' },
        { type: 'input_json_delta', partial_json: '{"at": ' },
        { type: 'input_json_delta', partial_json: '1}' },
      ),
      ...block(4, { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} }),
      ...block(
        5,
        { type: 'tool_use', id: 'toolu_3', name: 'now', input: {} },
        { type: 'input_json_delta', partial_json: '{"a' },
      ),
      ...block(
        6,
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
        { type: 'input_json_delta', partial_json: '{"query": "x"}' },
      ),
      ...block(
        7,
        { type: 'compaction', content: null },
        { type: 'compaction_delta', content: 'S', encrypted_content: 'eA==' },
      ),
      ...end,
    ]
    const before = JSON.stringify(events)
    const { stream, deltas } = read(events)
    expect(JSON.stringify(stream.raw)).toBe(before)
    expect(stream.message.content).toEqual([
      { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'ZW5j' },
      { type: 'text', text: 'ABC', citations: [citation], mood: 'good' },
      { type: 'tool_use', id: 'toolu_1', name: 'now', input: '{"at": 1}' },
      { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
      { type: 'tool_use', id: 'toolu_3', name: 'now', input: '{"a' },
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
      { type: 'compaction', content: 'S', encrypted_content: 'eA==' },
    ])
    const { parts } = readMessage(stream.message)
    const calls = parts.filter((part) => part.type === 'tool-call')
    const argumentsOf = (index: number): string =>
      deltas.map((delta) => (delta.type === 'tool-call' && delta.index === index ? delta.arguments : '')).join('')
    expect(calls.map((call) => call.arguments)).toEqual(['{"at": 1}', '{}', '{"a'])
    expect(calls.map((_, index) => argumentsOf(index))).toEqual(['{"at": 1}', '{}', '{"a'])
    expect(deltas.map((delta) => (delta.type === 'reasoning' ? delta.text : '')).join('')).toBe('Hm.')
  })

  it('read the last word of everything that is said twice', () => {
    const { stream } = read([
      { type: 'message_start', message: { ...answer, content: [], usage: { input_tokens: 5, output_tokens: 1 } } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'refusal', stop_sequence: null, stop_details: { type: 'refusal', category: null } },
        usage: { input_tokens: null, output_tokens: 9, server_tool_use: { web_search_requests: 2 } },
        context_management: { applied_edits: [] },
      },
      { type: 'message_stop' },
    ])
    expect(stream.message).toMatchObject({
      stop_reason: 'refusal',
      stop_details: { type: 'refusal' },
      usage: { input_tokens: 5, output_tokens: 9, server_tool_use: { web_search_requests: 2 } },
      context_management: { applied_edits: [] },
    })
  })

  it('take calls that come with the start', () => {
    const call = {
      type: 'tool_use',
      id: 'toolu_1',
      name: 'now',
      input: { at: 1 },
      caller: { type: 'code_execution_20260120' },
    }
    const { stream, deltas } = read([
      { type: 'message_start', message: { ...answer, content: [call], stop_reason: 'tool_use' } },
      { type: 'message_stop' },
    ])
    expect(readMessage(stream.message)).toMatchObject({
      parts: [{ type: 'tool-call', id: 'toolu_1', arguments: '{"at":1}' }],
      finish: { kind: 'tool-calls' },
    })
    expect(deltas).toEqual([
      { type: 'tool-call', index: 0, id: 'toolu_1', name: 'now', arguments: '' },
      { type: 'tool-call', index: 0, arguments: '{"at":1}' },
    ])
  })

  it('are asked for by respond where an answer may be long, and not where that is turned off', async () => {
    const script = ({ body }: { body: string }) =>
      body.includes('"stream":true') ? sse(textEvents('Hi')) : json(answer)
    const comparable = ({ text, parts, finish, served }: ModelResponse): object => ({ text, parts, finish, served })
    await withModel(script, async (model, server) => {
      const short = await model.respond('Hi', { maxTokens: 21_333 })
      const long = await model.respond('Hi', { maxTokens: 64_000 })
      expect(server.requests.map(({ json: body }) => (body as JsonObject)['stream'])).toEqual([undefined, true])
      expect(comparable(long)).toEqual({ ...comparable(short), parts: short.parts })
      expect(Array.isArray(long.raw)).toBe(true)
    })
    await withModel(
      script,
      async (model, server) => {
        await model.respond('Hi', { maxTokens: 128_000 })
        expect(server.requests[0]!.json).not.toHaveProperty('stream')
      },
      { streamAbove: Number.POSITIVE_INFINITY },
    )
  })

  it('that come unasked, or do not come when asked, are read for what they are', async () => {
    await withModel(
      () => sse(textEvents('Hi')),
      async (model) => expect((await model.respond('Hi')).text).toBe('Hi'),
    )
    await withModel(
      () => json(answer),
      async (model) => {
        let text = ''
        for await (const piece of model.stream('Hi')) text += piece
        expect(text).toBe('Hi')
      },
    )
  })
})
