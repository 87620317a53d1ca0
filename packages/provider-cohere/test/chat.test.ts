import type { GenerateOptions, JsonObject, ModelDelta } from '@insidellms/core'
import { json } from '@insidellms/conformance'
import { describe, expect, it } from 'vitest'
import { readChat } from '../src/chat-response.ts'
import { ChatStream } from '../src/chat-stream.ts'
import { answer, bodyOf, textEvents, withModel } from './support.ts'

const tool = (name: string, strict?: boolean) => ({
  name,
  parameters: { type: 'object' },
  ...(strict !== undefined && { strict }),
})

describe('options', () => {
  const table: [GenerateOptions, JsonObject, JsonObject][] = [
    [{ topP: 1 }, { p: 0.99 }, { topP: { status: 'adjusted', value: 0.99 } }],
    [{ temperature: 1.5 }, { temperature: 1 }, { temperature: { status: 'adjusted' } }],
    [{ topK: 40 }, { k: 40 }, { topK: { status: 'sent' } }],
    [{ presencePenalty: -1 }, { presence_penalty: 0 }, { presencePenalty: { status: 'adjusted' } }],
    [{ seed: 7 }, { seed: 7 }, { seed: { status: 'sent' } }],
    [{ seed: -7 }, {}, { seed: { status: 'refused' } }],
    [{ stop: 'END' }, { stop_sequences: ['END'] }, { stop: { status: 'sent' } }],
    [{ logprobs: true }, { logprobs: true }, { logprobs: { status: 'sent' } }],
    [{ topLogprobs: 2 }, {}, { topLogprobs: { status: 'refused' } }],
    [{ reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }, { reasoning: { status: 'mapped' } }],
    [{ reasoning: { budgetTokens: 0 } }, { thinking: { type: 'disabled' } }, { reasoning: { status: 'mapped' } }],
    [
      { reasoning: { budgetTokens: 500 } },
      { thinking: { type: 'enabled', token_budget: 500 } },
      { reasoning: { status: 'mapped' } },
    ],
    [{ reasoning: { effort: 'high' } }, { thinking: { type: 'enabled' } }, { reasoning: { status: 'adjusted' } }],
    [{ reasoning: {} }, {}, { reasoning: { status: 'refused' } }],
    [{ responseFormat: { type: 'text' } }, { response_format: { type: 'text' } }, {}],
    [{ responseFormat: { type: 'json' } }, { response_format: { type: 'json_object' } }, {}],
    [
      { responseFormat: { type: 'json_schema', schema: { type: 'object' } } },
      { response_format: { type: 'json_object', json_schema: { type: 'object' } } },
      { responseFormat: { status: 'mapped' } },
    ],
    [
      { tools: [tool('a', true), tool('b', true)], toolChoice: 'required' },
      {
        strict_tools: true,
        tool_choice: 'REQUIRED',
        tools: [{ function: { name: 'a' } }, { function: { name: 'b' } }],
      },
      { strictTools: { status: 'mapped', wire: '/strict_tools' }, tools: { wire: '/tools' } },
    ],
    [
      { tools: [tool('a', true), tool('b')], toolChoice: 'none' },
      { strict_tools: true, tool_choice: 'NONE', tools: [{}, {}] },
      { strictTools: { status: 'adjusted' } },
    ],
    [{ tools: [tool('a', false)], toolChoice: 'auto' }, { tools: [{}] }, { toolChoice: { status: 'refused' } }],
    [{ tools: [tool('a')], toolChoice: { name: 'a' } }, { tools: [{}], tool_choice: 'REQUIRED' }, {}],
    [
      { tools: [tool('a'), tool('b')], toolChoice: { name: 'a' } },
      { tools: [{}, {}] },
      { toolChoice: { status: 'refused' } },
    ],
    [{ toolChoice: 'required' }, {}, { toolChoice: { status: 'refused', reason: 'it needs tools' } }],
    [{ providerOptions: { safety_mode: 'OFF' } }, { safety_mode: 'OFF' }, {}],
  ]

  it.for(table)('%j', async ([options, body, ledger]) => {
    const sent = await bodyOf('Hi', options)
    expect(sent.body).toMatchObject(body)
    expect(Object.keys(sent.body).sort()).toEqual(['messages', 'model', ...Object.keys(body)].sort())
    expect(sent.response.ledger).toMatchObject(ledger)
  })

  it('outside of what the API takes are an error before the request where the caller wants that', async () => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const call = model.respond('Hi', { topP: 1, onUnsupported: 'error' })
        await expect(call).rejects.toMatchObject({ code: 'unsupported' })
        expect(server.requests).toEqual([])
      },
    )
  })
})

describe('messages', () => {
  it('keep their order and shape', async () => {
    const { body, response } = await bodyOf(
      [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image: new Uint8Array([1, 2, 3]), mediaType: 'image/webp', detail: 'high' },
            { type: 'image', image: 'https://example.com/cat.png' },
          ],
        },
        { role: 'system', content: 'Be briefer.' },
        { role: 'assistant', content: [{ type: 'tool-call', id: 'a', name: 'now', arguments: '{"at": ' }] },
        { role: 'tool', toolCallId: 'a', content: 'broken', isError: true },
        { role: 'assistant', content: 'Hm.' },
      ],
      {},
    )
    expect(body['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/webp;base64,AQID', detail: 'high' } },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
        ],
      },
      { role: 'system', content: 'Be briefer.' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'now', arguments: '{"at": ' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'broken' },
      { role: 'assistant', content: 'Hm.' },
    ])
    expect(response.ledger['messages']).toMatchObject({ status: 'adjusted', wire: '/messages' })
  })

  it('lose what the API does not take, and the ledger says so', async () => {
    const { body, response } = await bodyOf(
      [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Elsewhere.', providerMetadata: { anthropic: { type: 'thinking' } } },
            { type: 'text', text: 'Yes.', annotations: [{ type: 'url_citation', url: 'https://example.com' }] },
            { type: 'refusal', text: 'No.' },
            { type: 'other', kind: 'web_search_call', data: { type: 'web_search_call' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: '' }] },
        { role: 'user', content: 'Go on.' },
      ],
      {},
    )
    expect(body['messages']).toEqual([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Yes.' },
          { type: 'text', text: 'No.' },
        ],
      },
      { role: 'user', content: 'Go on.' },
    ])
    for (const word of ['reasoning', 'annotations', 'web_search_call', 'nothing in them'])
      expect(response.ledger['messages']!.reason).toContain(word)
  })
})

/** Citations of each kind as the vendor's reference shows them. */
const source = { type: 'document', id: 'doc:0', document: { id: 'doc:0', text: 'x' } }
const citations = {
  first: { start: 0, end: 1, text: 'A', sources: [source], type: 'TEXT_CONTENT' },
  second: { start: 0, end: 1, text: 'B', sources: [source], type: 'TEXT_CONTENT', content_index: 2 },
  thought: { start: 0, end: 1, text: 'T', sources: [source], type: 'THINKING_CONTENT', content_index: 0 },
  plan: { start: 0, end: 1, text: 'P', sources: [source], type: 'PLAN' },
}
const content = [
  { type: 'thinking', thinking: 'T' },
  { type: 'text', text: 'A' },
  { type: 'text', text: 'B' },
]

describe('answers', () => {
  it.for([
    ['COMPLETE', 'stop'],
    ['STOP_SEQUENCE', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['TOOL_CALL', 'tool-calls'],
    ['ERROR', 'other'],
    ['TIMEOUT', 'other'],
    ['REASON_OF_TOMORROW', 'other'],
    [null, 'other'],
  ] as const)('that end with %s are %s', ([raw, kind]) => {
    expect(readChat({ ...answer, finish_reason: raw }).finish).toEqual({ kind, raw })
  })

  it('have citations where they belong, and give them back', async () => {
    const message = { role: 'assistant', tool_plan: 'P', content, citations: Object.values(citations) }
    const { parts } = readChat({ ...answer, message })
    expect(parts).toEqual([
      {
        type: 'reasoning',
        text: 'P',
        providerMetadata: { cohere: { type: 'tool_plan', citations: [citations.plan] } },
      },
      {
        type: 'reasoning',
        text: 'T',
        providerMetadata: { cohere: { type: 'thinking', citations: [citations.thought] } },
      },
      { type: 'text', text: 'A', annotations: [citations.first] },
      { type: 'text', text: 'B', annotations: [citations.second] },
    ])
    const { body } = await bodyOf([{ role: 'assistant', content: parts }], {})
    const [sent] = body['messages']
    expect(sent).toMatchObject({ role: 'assistant', tool_plan: 'P', content })
    expect(new Set(sent.citations)).toEqual(new Set(Object.values(citations)))
  })

  it('keep a citation of nothing that is there', () => {
    const message = { content: [], citations: [citations.plan] }
    expect(readChat({ ...answer, message }).parts).toEqual([{ type: 'other', kind: 'citation', data: citations.plan }])
  })

  it('keep a block that nobody knows', () => {
    const block = { type: 'hologram', url: 'https://example.com' }
    expect(readChat({ ...answer, message: { content: [block] } }).parts).toEqual([
      { type: 'other', kind: 'hologram', data: block },
    ])
  })

  it('give log probabilities that add up, also where a text has several tokens', () => {
    const logprobs = [
      { text: 'Hi', token_ids: [1], logprobs: [-0.5] },
      { text: ' 🌍', token_ids: [2, 3], logprobs: [-0.25, -1] },
      { text: '', token_ids: [], logprobs: null },
    ]
    expect(readChat({ ...answer, logprobs }).logprobs).toEqual([
      { token: 'Hi', logprob: -0.5 },
      { token: ' 🌍', logprob: -0.25 },
      { token: '', logprob: -1 },
    ])
  })

  it('report only the usage that the vendor reports', () => {
    expect(readChat({ ...answer, usage: null }).usage).toBeUndefined()
    const billed = { billed_units: { input_tokens: 5 } }
    expect(readChat({ ...answer, usage: billed as never }).usage).toEqual({ raw: billed })
    const usage = { tokens: { input_tokens: 9, output_tokens: 4, reasoning_tokens: 2 }, cached_tokens: 8 }
    expect(readChat({ ...answer, usage }).usage).toEqual({
      inputTokens: 9,
      outputTokens: 4,
      reasoningTokens: 2,
      cachedInputTokens: 8,
      raw: usage,
    })
  })
})

describe('streams', () => {
  it('put the answer together as a whole one would have it, and leave the events as received', () => {
    const [start] = textEvents()
    const [end] = textEvents().slice(-1)
    const message = (type: string, index: number, pieces: object): object => ({
      type,
      index,
      delta: { message: pieces },
    })
    const events = [
      start!,
      { type: 'tool-plan-delta', delta: { message: { tool_plan: 'P' } } },
      message('content-start', 0, { content: { type: 'thinking', thinking: '' } }),
      message('content-delta', 0, { content: { thinking: 'T' } }),
      { type: 'content-end', index: 0 },
      message('content-start', 1, { content: { type: 'text', text: '' } }),
      {
        ...message('content-delta', 1, { content: { text: 'A' } }),
        logprobs: { text: 'A', token_ids: [1], logprobs: [-0.5] },
      },
      message('content-start', 2, { content: { type: 'text', text: 'B' } }),
      message('tool-call-start', 0, {
        tool_calls: { id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
      }),
      message('tool-call-delta', 0, { tool_calls: { function: { arguments: '{"x":' } } }),
      message('tool-call-start', 1, {
        tool_calls: { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
      }),
      message('tool-call-delta', 0, { tool_calls: { function: { arguments: '1}' } } }),
      { type: 'tool-call-end', index: 0 },
      message('citation-start', 0, { citations: citations.second }),
      { type: 'citation-end', index: 0 },
      { type: 'event-of-tomorrow' },
      { type: 'debug', prompt: 'p' },
      { type: 'message-end', delta: { finish_reason: 'TOOL_CALL', usage: answer.usage } },
      end!,
    ]
    const before = JSON.stringify(events.slice(0, -1))
    const stream = new ChatStream()
    const deltas: ModelDelta[] = []
    for (const event of events) stream.take(JSON.stringify(event), deltas)
    const read = readChat(stream.chat)
    expect(JSON.stringify(stream.raw)).toBe(before)
    expect(read).toEqual(
      readChat({
        id: 'chat-1',
        message: {
          tool_plan: 'P',
          content,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
          ],
          citations: [citations.second],
        },
        finish_reason: 'TOOL_CALL',
        usage: answer.usage,
        logprobs: [{ text: 'A', logprobs: [-0.5] }],
      }),
    )
    const textOf = (type: string): string =>
      deltas.map((delta) => (delta.type === type && 'text' in delta ? delta.text : '')).join('')
    expect([textOf('text'), textOf('reasoning')]).toEqual(['AB', 'PT'])
    expect(deltas.filter(({ type }) => type === 'tool-call')).toEqual([
      { type: 'tool-call', index: 0, id: 'a', name: 'f', arguments: '' },
      { type: 'tool-call', index: 0, arguments: '{"x":' },
      { type: 'tool-call', index: 1, id: 'b', name: 'g', arguments: '{}' },
      { type: 'tool-call', index: 0, arguments: '1}' },
    ])
  })

  it('that do not come when asked are read for what they are', async () => {
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
