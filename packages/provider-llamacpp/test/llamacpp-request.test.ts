import type { InsideLLMsError, JsonObject } from '@insidellms/core'
import type { ModelRequest } from '@insidellms/core/driver'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toEngineRequest, toGrammarSchema } from '../src/llamacpp-request.ts'

const own = { prompt: 'Hi', template: 'none' } as const

function ask(options: ModelRequest['options'], more: Partial<ModelRequest> = {}): ReturnType<typeof toEngineRequest> {
  const request: ModelRequest = { messages: [{ role: 'user', content: 'Hi' }], options, onUnsupported: 'warn', ...more }
  return toEngineRequest(request, own, () => 42)
}

describe('toEngineRequest', () => {
  it('switches off every sampling default of the engine, and says that it chose temperature 0', () => {
    const { body, ledger } = ask({})
    expect(body).toEqual({ ...own, temperature: 0, topK: 0, topP: 1, minP: 0 })
    expect(ledger).toEqual({
      temperature: expect.objectContaining({ status: 'adjusted', wire: '/temperature', value: 0 }),
    })
  })

  it('chooses a seed for a call that samples and gives none, and says which', () => {
    const { body, ledger } = ask({ temperature: 0.7 })
    expect(body.seed).toBe(42)
    expect(ledger['seed']).toMatchObject({ status: 'adjusted', wire: '/seed', value: 42 })
    expect(ask({ temperature: 0 }).body).not.toHaveProperty('seed')
    expect(ask({ temperature: 0.7, seed: 3 }).ledger['seed']).toMatchObject({ status: 'sent', value: 3 })
  })

  it('chooses other seeds each time', () => {
    const request: ModelRequest = { messages: [], options: { temperature: 1 }, onUnsupported: 'error' }
    const seeds = Array.from({ length: 20 }, () => toEngineRequest(request, own).body.seed)
    expect(new Set(seeds).size).toBeGreaterThan(15)
  })

  it('keeps every seed within what llama.cpp reads as a seed', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const { body, ledger } = ask({ seed })
        expect(body.seed).toBeGreaterThanOrEqual(0)
        expect(body.seed).toBeLessThan(2 ** 32 - 1)
        expect(Number.isSafeInteger(body.seed)).toBe(true)
        expect(ledger['seed']?.status).toBe(seed >= 0 && seed < 2 ** 32 - 1 ? 'sent' : 'mapped')
      }),
    )
    expect(ask({ seed: 2 ** 32 - 1 }).body.seed).toBe(0)
    expect(ask({ seed: -1 }).body.seed).toBe(2 ** 32 - 2)
  })

  it('puts every option where its ledger entry says', () => {
    const options = {
      temperature: 0.5,
      topP: 0.9,
      topK: 20,
      maxTokens: 9,
      stop: ['\n'],
      seed: 1,
      presencePenalty: 0.1,
      frequencyPenalty: -0.2,
      logprobs: true,
      topLogprobs: 3,
      responseFormat: { type: 'json' as const },
    }
    const providerOptions = { minP: 0.05, repeatPenalty: 1.1, promptLogprobs: 2 }
    const { body, ledger } = ask(options, { providerOptions })
    expect(body).toEqual({ ...own, ...options, ...providerOptions })
    for (const [name, { wire, value, status }] of Object.entries(ledger)) {
      expect(status).toBe('sent')
      expect(body[wire!.slice(1) as keyof typeof body]).toEqual(value)
      expect(wire).toBe(`/${name.replace('providerOptions.', '')}`)
    }
    expect(Object.keys(ledger)).toHaveLength(14)
  })

  it('does not report alternatives without log probabilities', () => {
    expect(ask({ topLogprobs: 3 }).ledger['topLogprobs']?.status).toBe('refused')
    expect(() => ask({ topLogprobs: 3 }, { onUnsupported: 'error' })).toThrow(/needs logprobs/)
  })

  it.for<[ModelRequest['options'], JsonObject | undefined, RegExp]>([
    [{ temperature: -1 }, undefined, /temperature must be 0 or more; it is -1/],
    [{ topP: 1.5 }, undefined, /topP must be from 0 to 1/],
    [{ stop: ['a', ''] }, undefined, /stop text must not be empty/],
    [{}, { mirostat: 2 }, /has no "mirostat". It takes: minP/],
    [{}, { toString: 1 }, /has no "toString"/],
    [{}, { minP: 2 }, /minP must be a number from 0 to 1/],
    [{}, { repeatPenalty: 0 }, /repeatPenalty must be a number above 0/],
    [{}, { grammar: '' }, /grammar must be a GBNF grammar/],
    [{}, { promptLogprobs: -1 }, /promptLogprobs must be/],
    [{}, { chatTemplateVariables: [] }, /chatTemplateVariables must be an object/],
    [{ responseFormat: { type: 'json' } }, { grammar: 'root ::= "a"' }, /Take one out/],
  ])('refuses %j with %j', ([options, providerOptions, message]) => {
    const act = (): unknown => ask(options, providerOptions && { providerOptions })
    expect(act).toThrow(message)
    expect(act).toThrow(expect.objectContaining({ code: 'invalid_request' }) as InsideLLMsError)
  })

  it('says what of a schema the grammar does not enforce, or refuses it', () => {
    const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0 } }, required: ['age'] }
    const format = { responseFormat: { type: 'json_schema' as const, schema } }
    expect(ask(format).ledger['responseFormat']).toMatchObject({
      status: 'adjusted',
      reason: expect.stringContaining('/properties/age/minimum'),
    })
    expect(() => ask(format, { onUnsupported: 'error' })).toThrow(/\/properties\/age\/minimum/)
    const { ledger } = ask({ responseFormat: { type: 'json_schema', schema: { type: 'boolean' } } })
    expect(ledger['responseFormat']?.status).toBe('mapped')
  })
})

describe('toGrammarSchema', () => {
  it('keeps what the compiler enforces', () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 9 },
        day: { type: 'string', format: 'date' },
        size: { enum: ['s', 'm', 3, null] },
        kind: { const: 'a' },
        list: { type: 'array', items: { type: 'number' }, minItems: 1, maxItems: 3 },
        pair: { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'null' }] },
      },
      additionalProperties: { type: 'boolean' },
      minProperties: 7,
    }
    expect(toGrammarSchema(schema)).toEqual({ schema, lost: [] })
  })

  it('rewrites what the compiler would misread: alternatives, lists of types, definitions, any value', () => {
    const { schema, lost } = toGrammarSchema({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      title: 'T',
      properties: {
        a: { anyOf: [{ $ref: '#/definitions/node' }, { type: 'null' }], description: 'd' },
        b: { type: ['string', 'null'], maxLength: 3 },
        c: {},
        d: { type: 'object' },
      },
      required: ['a'],
      definitions: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    })
    expect(lost).toEqual([])
    expect(schema['properties']).toMatchObject({
      a: { oneOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
      b: { oneOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }] },
      c: { oneOf: [{}, { type: 'object', additionalProperties: true }, { type: 'array' }] },
      d: { type: 'object', additionalProperties: true },
    })
    expect(schema['$defs']).toMatchObject({ node: { properties: { next: { $ref: '#/$defs/node' } } } })
  })

  it.for<[JsonObject, string[]]>([
    [{ type: 'string', pattern: '^a$', format: 'email' }, ['/pattern', '/format']],
    [{ type: 'number', multipleOf: 2 }, ['/multipleOf']],
    [{ type: 'array', items: false, uniqueItems: true }, ['/items', '/uniqueItems']],
    [{ type: 'object', properties: { a: { not: {} } }, required: ['b'] }, ['/properties/a/not', '/required']],
    [{ allOf: [{ type: 'string' }] }, ['/allOf']],
    [{ $ref: '#/$defs/missing' }, ['/$ref']],
    [{ enum: [{ a: 1 }] }, ['/enum']],
    [{ type: 'tuple' }, ['/type']],
    [{ anyOf: [{ type: 'string' }], minLength: 2 }, ['/minLength']],
  ])('names what %j asks in vain', ([schema, lost]) => {
    expect(toGrammarSchema(schema).lost).toEqual(lost)
  })
})
