import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../src/chat-message.ts'
import { DriverModel, type ModelSettings } from '../src/driver-model.ts'
import type { GenerateOptions } from '../src/generate-options.ts'
import type { ModelDriver } from '../src/model-driver.ts'
import { portableOptions } from '../src/portable-options.ts'
import { answer, failure, fakeDriver } from './support.ts'

const valid: Required<Omit<GenerateOptions, 'signal' | 'onUnsupported' | 'timeoutMs' | 'providerOptions'>> = {
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  maxTokens: 100,
  stop: ['END'],
  seed: -7,
  presencePenalty: 0.1,
  frequencyPenalty: -0.1,
  logprobs: true,
  topLogprobs: 3,
  responseFormat: { type: 'json_schema', schema: { type: 'object' } },
  tools: [{ name: 'add', parameters: { type: 'object' } }],
  toolChoice: { name: 'add' },
  reasoning: { effort: 'low', budgetTokens: 10 },
}

const optionSets = fc.record(
  Object.fromEntries(Object.entries(valid).map(([name, value]) => [name, fc.constantFrom(value, undefined)])),
  { requiredKeys: [] },
) as fc.Arbitrary<GenerateOptions>

const wrong: [string, unknown][] = [
  ['temperature', '0.5'],
  ['temperature', Number.NaN],
  ['topP', Number.POSITIVE_INFINITY],
  ['topK', 1.5],
  ['maxTokens', -1],
  ['maxTokens', null],
  ['stop', [1]],
  ['seed', 2 ** 60],
  ['logprobs', 1],
  ['responseFormat', { type: 'json_object' }],
  ['responseFormat', { type: 'json_schema' }],
  ['tools', [{ name: 'x' }]],
  ['tools', { name: 'x', parameters: {} }],
  ['toolChoice', 'any'],
  ['reasoning', { effort: 'extreme' }],
  ['reasoning', { budget: 1 }],
  ['signal', {}],
  ['timeoutMs', 0],
  ['timeoutMs', '5'],
  ['providerOptions', []],
  ['onUnsupported', 'ignore'],
]

describe('options', () => {
  it('reach the driver, or the ledger says why not: every one of them', async () => {
    await fc.assert(
      fc.asyncProperty(optionSets, optionSets, fc.subarray([...portableOptions]), async (defaults, given, supports) => {
        const driver = fakeDriver({ supports })
        const { ledger } = await new DriverModel(driver, defaults as ModelSettings).respond('x', given)
        const asked = portableOptions.filter((name) => (given[name] ?? defaults[name]) !== undefined)
        expect(Object.keys(ledger).sort()).toEqual(asked.toSorted())
        const [request] = driver.requests
        for (const name of asked) {
          const reached = supports.includes(name)
          expect(request?.options[name]).toEqual(reached ? (given[name] ?? defaults[name]) : undefined)
          expect(ledger[name]?.status).toBe(reached ? 'sent' : 'refused')
        }
        expect(Object.keys(request?.options ?? {})).toHaveLength(asked.filter((name) => supports.includes(name)).length)
      }),
    )
  })

  it('take an explicit undefined for "not given"', async () => {
    const driver = fakeDriver()
    const model = new DriverModel(driver, {
      temperature: 0.2,
      seed: undefined,
      maxRetries: undefined,
      name: undefined,
      middleware: undefined,
      onUnsupported: undefined,
    } as unknown as ModelSettings)
    await model.respond('x', { temperature: undefined, topP: undefined } as unknown as GenerateOptions)
    expect(driver.requests[0]?.options).toEqual({ temperature: 0.2 })
    expect(model.name).toBe('fake')
  })

  it('of a call go before those of the model, but do not hide what they do not give', async () => {
    const driver = fakeDriver()
    const model = new DriverModel(driver, { temperature: 0, seed: 1, providerOptions: { a: 1 }, timeoutMs: 5000 })
    await model.generate('x', { seed: 2 })
    await model.generate('x', { providerOptions: { b: 2 } })
    expect(driver.requests[0]).toMatchObject({
      options: { temperature: 0, seed: 2 },
      providerOptions: { a: 1 },
      timeoutMs: 5000,
    })
    expect(driver.requests[1]?.providerOptions).toEqual({ b: 2 })
  })

  it('that no one knows are refused, with the near name', async () => {
    const model = new DriverModel(fakeDriver())
    for (const [option, near] of [
      ['temprature', 'temperature'],
      ['max_tokens', 'maxTokens'],
      ['top_p', 'topP'],
    ] as const) {
      const error = await failure(() => model.generate('x', { [option]: 1 }))
      expect(error).toMatchObject({ code: 'invalid_request' })
      expect(error.message).toContain(`Did you mean "${near}"?`)
    }
    expect((await failure(() => model.generate('x', { zzzzzzzz: 1 } as GenerateOptions))).message).not.toContain('mean')
    expect(await failure(() => new DriverModel(fakeDriver(), { temprature: 1 } as ModelSettings))).toMatchObject({
      code: 'config',
    })
  })

  it.each(wrong)('refuse %s: %j', async (name, value) => {
    const error = await failure(() => new DriverModel(fakeDriver()).generate('x', { [name]: value }))
    expect(error).toMatchObject({ code: 'invalid_request' })
    expect(error.message).toContain(`The option ${name} must be`)
  })

  it.each(Object.entries(valid))('take %s: %j', async (name, value) => {
    expect(await new DriverModel(fakeDriver()).generate('x', { [name]: value })).toBe('ok')
  })

  it('turn one stop text into a list', async () => {
    const driver = fakeDriver()
    await new DriverModel(driver).generate('x', { stop: 'END' })
    expect(driver.requests[0]?.options.stop).toEqual(['END'])
  })

  it('keep the driver’s own word in the ledger, and account for providerOptions', async () => {
    const driver = fakeDriver({
      respond: async () => answer('ok', { ledger: { seed: { status: 'mapped', wire: '/random_seed', value: 7 } } }),
    })
    const { ledger } = await new DriverModel(driver).respond('x', { seed: 7, topP: 1, providerOptions: { min_p: 0.1 } })
    expect(ledger).toEqual({
      seed: { status: 'mapped', wire: '/random_seed', value: 7 },
      topP: { status: 'sent' },
      'providerOptions.min_p': { status: 'mapped', reason: expect.stringContaining('does not report') },
    })
  })
})

describe('onUnsupported', () => {
  const model = (settings: ModelSettings = {}): [DriverModel, ReturnType<typeof fakeDriver>] => {
    const driver = fakeDriver({ supports: ['temperature'] })
    return [new DriverModel(driver, settings), driver]
  }

  it('warns once per process, and answers', async () => {
    const warnings: string[] = []
    const note = (warning: Error): void => void (warning.name === 'InsideLLMsWarning' && warnings.push(warning.message))
    process.on('warning', note)
    const info = { ...fakeDriver().info(), provider: 'warning-once' }
    const warner = new DriverModel(fakeDriver({ supports: [], info: () => info }))
    for (let call = 0; call < 3; call++)
      expect((await warner.respond('x', { presencePenalty: 1 })).ledger['presencePenalty']?.status).toBe('refused')
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', note)
    expect(warnings.filter((text) => text.includes('warning-once'))).toHaveLength(1)
  })

  it('makes it an error before any request, by call or by setting', async () => {
    const [caller, driver] = model()
    const error = await failure(() => caller.respond('x', { seed: 1, onUnsupported: 'error' }))
    expect(error).toMatchObject({ code: 'unsupported', provider: 'fake', modelId: 'm' })
    expect(error.message).toContain('seed')
    expect(driver.requests).toHaveLength(0)
    expect(await failure(() => model({ onUnsupported: 'error' })[0].generate('x', { seed: 1 }))).toMatchObject({
      code: 'unsupported',
    })
    const [strict] = model({ onUnsupported: 'error' })
    expect(await strict.generate('x', { seed: 1, onUnsupported: 'warn' })).toBe('ok')
  })
})

describe('messages', () => {
  const model = new DriverModel(fakeDriver())

  it.each([
    [undefined],
    [7],
    [{}],
    [[]],
    [[null]],
    [[{ role: 'developer', content: 'x' }]],
    [[{ role: 'toString', content: 'x' }]],
    [[{ role: 'user' }]],
    [[{ role: 'system', content: [{ type: 'text', text: 'x' }] }]],
    [[{ role: 'tool', content: 'x' }]],
    [[{ role: 'user', content: [{ type: 'image_url', image_url: 'x' }] }]],
    [[{ role: 'user', content: [{ type: 'text', text: 5 }] }]],
    [[{ role: 'user', content: [{ type: 'image' }] }]],
    [[{ role: 'user', content: [{ type: 'tool-call', id: 'a', name: 'b', arguments: '' }] }]],
  ])('refuse %j', async (input) => {
    expect(await failure(() => model.respond(input as unknown as ChatMessage[]))).toMatchObject({
      code: 'invalid_request',
    })
  })

  it('take every role and part', async () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: 's' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'x' },
          { type: 'image', image: new Uint8Array(2) },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'r' },
          { type: 'text', text: '' },
          { type: 'refusal', text: 'no' },
          { type: 'tool-call', id: '1', name: 'f', arguments: '{' },
          { type: 'other', kind: 'k', data: {} },
        ],
      },
      { role: 'tool', toolCallId: '1', content: '' },
    ]
    expect(await model.chat(messages)).toBe('ok')
  })

  it('are the same for generate and for a chat of one user message', async () => {
    const driver = fakeDriver()
    const same = new DriverModel(driver)
    await same.generate('hi')
    await same.chat([{ role: 'user', content: 'hi' }])
    expect(driver.requests[0]?.messages).toEqual(driver.requests[1]?.messages)
  })
})

describe('DriverModel', () => {
  it('refuses what is no driver, and a foreign specVersion, before any call', async () => {
    for (const none of [undefined, {}, { respond() {} }])
      expect(await failure(() => new DriverModel(none as unknown as ModelDriver))).toMatchObject({ code: 'config' })
    const error = await failure(() => new DriverModel(fakeDriver({ specVersion: 2 as unknown as 1 })))
    expect(error).toMatchObject({ code: 'incompatible', provider: 'fake' })
    expect(error.message).toMatch(/specVersion 2; @insidellms\/core .* accepts 1\./)
  })

  it('wraps calls in its middleware, the first one outermost', async () => {
    const order: string[] = []
    const wrap = (name: string) => (driver: Parameters<NonNullable<ModelSettings['middleware']>[number]>[0]) => ({
      ...driver,
      respond: async (request: Parameters<typeof driver.respond>[0]) => {
        order.push(name)
        return driver.respond(request)
      },
    })
    await new DriverModel(fakeDriver(), { middleware: [wrap('outer'), wrap('inner')] }).generate('x')
    expect(order).toEqual(['outer', 'inner'])
  })

  it('shows its own name, and says what its driver lacks', async () => {
    const model = new DriverModel(fakeDriver(), { name: 'mine' })
    expect(model.info()).toMatchObject({ name: 'mine', modelId: 'm' })
    expect(await failure(() => model.listModels())).toMatchObject({ code: 'unsupported' })
    expect(await failure(() => model.countTokens('x'))).toMatchObject({ code: 'unsupported' })
    const counting = new DriverModel(fakeDriver({ countTokens: async ({ messages }) => messages.length }))
    expect(await counting.countTokens('x')).toBe(1)
    await counting.close()
  })
})
