import { randomInt } from 'node:crypto'
import {
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelRequest,
  OptionWriter,
  type ResponseFormat,
} from '@insidellms/core/driver'
import type { GbnfJsonObjectSchema, Llama, LlamaGrammar } from 'node-llama-cpp'

/** What one call asks of the engine. It is the response's `request`, so that it can be asked again by hand. */
export interface EngineRequest {
  /** The text that the chat template made. */
  prompt: string
  /** Where the chat template came from; with `none`, the text is the user's own. */
  template: 'file' | 'settings' | 'none'
  /** 0 takes the most likely token; 1 samples from the model's own distribution. */
  temperature: number
  /** 0 is off. */
  topK: number
  /** 1 is off. */
  topP: number
  /** 0 is off. */
  minP: number
  /** 1 is off. */
  repeatPenalty?: number
  presencePenalty?: number
  frequencyPenalty?: number
  seed?: number
  maxTokens?: number
  stop?: string[]
  responseFormat?: { type: 'text' | 'json' } | { type: 'json_schema'; schema: JsonObject }
  /** GBNF. */
  grammar?: string
  logprobs?: boolean
  topLogprobs?: number
  /** How many alternatives to report with each prompt token; true is none. */
  promptLogprobs?: boolean | number
}

/** Off, each of them. llama.cpp and its wrappers have other defaults; none is applied unasked. */
const neutral = { topK: 0, topP: 1, minP: 0 }

/** llama.cpp takes 32 bits, and reads the highest value as "another one each time". */
const seedCount = 2 ** 32 - 1

/**
 * Options to engine request.
 *
 * @param newSeed The seed of a call that samples and gives none.
 * @throws {InsideLLMsError} `invalid_request` for a value that cannot be, `unsupported` when the caller wants no losses.
 */
export function toEngineRequest(
  request: ModelRequest,
  own: Pick<EngineRequest, 'prompt' | 'template'>,
  newSeed: () => number = () => randomInt(seedCount),
): { body: EngineRequest; ledger: Ledger } {
  const { options, providerOptions = {} } = request
  const { temperature = 0, seed } = options
  checkValues(options, providerOptions)
  const writer = new OptionWriter(request, 'llamacpp')
  for (const option of ['topP', 'topK', 'maxTokens', 'stop', 'presencePenalty', 'frequencyPenalty'] as const)
    writer.send(option, `/${option}`)
  if (options.temperature !== undefined) writer.send('temperature', '/temperature')
  else writer.adjust('temperature', '/temperature', 0, 'none was asked for, and the engine must have one')
  if (seed === undefined) {
    if (temperature > 0) writer.adjust('seed', '/seed', newSeed(), 'none was asked for: chosen at random')
  } else if (seed >= 0 && seed < seedCount) writer.send('seed', '/seed')
  else writer.map('seed', '/seed', foldSeed, 'the remainder after dividing by 4294967295: llama.cpp takes 32 bits')
  writer.send('logprobs', '/logprobs')
  if (options.topLogprobs && !options.logprobs) writer.refuse('topLogprobs', 'it needs logprobs: true')
  else writer.send('topLogprobs', '/topLogprobs')
  if (options.responseFormat !== undefined) writeFormat(writer, options.responseFormat, request.onUnsupported)
  const { body, ledger } = writer.finish({ ...own })
  return { body: { ...neutral, ...body } as EngineRequest, ledger }
}

/** The grammar that an answer must keep to. @throws {InsideLLMsError} `invalid_request` when it cannot be read. */
export async function makeGrammar(llama: Llama, body: EngineRequest): Promise<LlamaGrammar | undefined> {
  const { grammar, responseFormat } = body
  try {
    if (grammar !== undefined) return await llama.createGrammar({ grammar })
    if (responseFormat?.type === 'json') return await llama.getGrammarFor('json')
    if (responseFormat?.type !== 'json_schema') return undefined
    return await llama.createGrammarForJsonSchema(responseFormat.schema as unknown as GbnfJsonObjectSchema)
  } catch (cause) {
    const asked = grammar === undefined ? 'responseFormat' : 'providerOptions.grammar, GBNF with a rule named root'
    const what = `llama.cpp cannot read the grammar of this call: ${(cause as Error).message}. Check ${asked}.`
    throw new InsideLLMsError('invalid_request', what, { cause })
  }
}

function foldSeed(seed: number): number {
  return ((seed % seedCount) + seedCount) % seedCount
}

const isRatio = (value: JsonValue): boolean => typeof value === 'number' && value >= 0 && value <= 1

/** Everything that only llama.cpp knows and that a call can set, with what each must be. */
const providerChecks: Record<string, { check: (value: JsonValue) => boolean; expected: string }> = {
  minP: { check: isRatio, expected: 'a number from 0 to 1' },
  repeatPenalty: { check: (value) => typeof value === 'number' && value > 0, expected: 'a number above 0' },
  grammar: { check: (value) => typeof value === 'string' && value !== '', expected: 'a GBNF grammar' },
  promptLogprobs: {
    check: (value) => typeof value === 'boolean' || (Number.isSafeInteger(value) && Number(value) >= 0),
    expected: 'true, false or a number of alternatives',
  },
  chatTemplateVariables: {
    check: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    expected: 'an object',
  },
}

function checkValues(options: ModelRequest['options'], providerOptions: JsonObject): void {
  const { temperature = 0, topP = 1, stop = [], responseFormat } = options
  const wrong = (what: string): InsideLLMsError => new InsideLLMsError('invalid_request', `${what}.`)
  if (temperature < 0) throw wrong(`temperature must be 0 or more; it is ${temperature}`)
  if (!isRatio(topP)) throw wrong(`topP must be from 0 to 1; it is ${topP}`)
  if (stop.includes('')) throw wrong('a stop text must not be empty')
  for (const [name, value] of Object.entries(providerOptions)) {
    const known = Object.hasOwn(providerChecks, name) ? providerChecks[name] : undefined
    if (known === undefined)
      throw wrong(`providerOptions has no "${name}". It takes: ${Object.keys(providerChecks).join(', ')}`)
    if (!known.check(value)) throw wrong(`providerOptions.${name} must be ${known.expected}`)
  }
  if ('grammar' in providerOptions && responseFormat !== undefined && responseFormat.type !== 'text')
    throw wrong('providerOptions.grammar and responseFormat each ask for a grammar of their own. Take one out')
}

function writeFormat(writer: OptionWriter, format: ResponseFormat, onUnsupported: 'warn' | 'error'): void {
  const wire = '/responseFormat'
  if (format.type !== 'json_schema') return void writer.send('responseFormat', wire)
  const { schema, lost } = toGrammarSchema(format.schema)
  const sent: JsonObject = { type: 'json_schema', schema }
  if (lost.length === 0) return void writer.map('responseFormat', wire, () => sent, 'compiled to a grammar')
  const reason = `a grammar cannot hold the model to ${lost.join(', ')}`
  if (onUnsupported === 'error') writer.refuse('responseFormat', reason)
  else writer.adjust('responseFormat', wire, sent, reason)
}

/** Keywords that say nothing about what is valid, and those that are read from the root. */
const passedOver: readonly string[] =
  '$schema $id $comment title description default examples deprecated readOnly writeOnly $defs definitions'.split(' ')
/** What values each keyword is about. It says nothing of others, so `maxLength` costs a null nothing. */
const subjects: readonly [RegExp, string][] = [
  [/^(minLength|maxLength|pattern|format)$/, 'string'],
  [/^(minimum|maximum|exclusiveMinimum|exclusiveMaximum|multipleOf)$/, 'number integer'],
  [/^(items|prefixItems|minItems|maxItems|uniqueItems|contains)$/, 'array'],
  [/^(properties|required|(additional|min|max|pattern)Properties|propertyNames)$/, 'object'],
]
const anything: JsonObject = {
  oneOf: [
    { type: ['string', 'number', 'boolean', 'null'] },
    { type: 'object', additionalProperties: true },
    { type: 'array' },
  ],
}

/**
 * A JSON Schema in the dialect of node-llama-cpp's grammar compiler, and the places of what its grammar cannot enforce:
 * the compiler passes over what it does not know, and makes `null` of an `anyOf`. The grammar is narrower than the
 * schema where that does no harm: it asks for every property, and adds none.
 */
export function toGrammarSchema(root: JsonObject): { schema: JsonObject; lost: string[] } {
  const lost: string[] = []
  const definitions = { ...(root['definitions'] as JsonObject), ...(root['$defs'] as JsonObject) }

  const convertAll = (schemas: JsonObject, path: string): JsonObject =>
    Object.fromEntries(Object.entries(schemas).map(([name, inner]) => [name, convert(inner, `${path}/${name}`)]))
  const convertEach = (schemas: JsonValue[], path: string): JsonObject[] =>
    schemas.map((inner, index) => convert(inner, `${path}/${index}`))

  const convert = (given: JsonValue, path: string): JsonObject => {
    if (given === true) return { ...anything }
    if (given === false) lost.push(path)
    const schema = (given || {}) as JsonObject
    const { $ref, type, properties, additionalProperties, required, items, prefixItems, format } = schema
    const keep = (made: JsonObject, ...read: string[]): JsonObject => {
      for (const key of Object.keys(schema))
        if (!read.includes(key) && !passedOver.includes(key) && concerns(key, type)) lost.push(`${path}/${key}`)
      return made
    }
    const bounds = (...keys: string[]): JsonObject =>
      Object.fromEntries(Object.entries(schema).filter(([key]) => keys.includes(key)))
    if (typeof $ref === 'string') {
      const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec($ref)?.[1]
      return name !== undefined && Object.hasOwn(definitions, name)
        ? keep({ $ref: `#/$defs/${name}` }, '$ref')
        : keep({ ...anything })
    }
    for (const choice of ['anyOf', 'oneOf'] as const)
      if (Array.isArray(schema[choice]))
        return keep({ oneOf: convertEach(schema[choice], `${path}/${choice}`) }, choice)
    for (const literal of ['const', 'enum'] as const)
      if (literal in schema)
        return [schema[literal]].flat().some((value) => typeof value === 'object' && value !== null)
          ? keep({ ...anything })
          : keep({ [literal]: schema[literal]! }, literal, 'type')
    if (Array.isArray(type)) return { oneOf: type.map((one) => convert({ ...schema, type: one }, path)) }
    switch (type) {
      case 'object': {
        const made = convertAll((properties ?? {}) as JsonObject, `${path}/properties`)
        const more =
          typeof additionalProperties === 'object'
            ? convert(additionalProperties, `${path}/additionalProperties`)
            : (additionalProperties ?? properties === undefined)
        const names = Array.isArray(required) ? required : []
        if (names.some((name) => !Object.hasOwn(made, String(name)))) lost.push(`${path}/required`)
        const limits = bounds('minProperties', 'maxProperties')
        const read = ['type', 'properties', 'additionalProperties', 'required', ...Object.keys(limits)]
        return keep({ type, properties: made, additionalProperties: more, ...limits }, ...read)
      }
      case 'array': {
        const limits = bounds('minItems', 'maxItems')
        const made: JsonObject = { type, ...limits }
        if (items !== undefined) made['items'] = convert(items, `${path}/items`)
        if (Array.isArray(prefixItems)) made['prefixItems'] = convertEach(prefixItems, `${path}/prefixItems`)
        return keep(made, 'type', 'items', 'prefixItems', ...Object.keys(limits))
      }
      case 'string': {
        if (['date', 'time', 'date-time'].includes(String(format)))
          return keep({ type, format: format! }, 'type', 'format')
        const limits = bounds('minLength', 'maxLength')
        return keep({ type, ...limits }, 'type', ...Object.keys(limits))
      }
      case 'number':
      case 'integer':
      case 'boolean':
      case 'null':
        return keep({ type }, 'type')
      default:
        return keep({ ...anything })
    }
  }

  const schema = convert(root, '')
  if (Object.keys(definitions).length > 0) schema['$defs'] = convertAll(definitions, '/$defs')
  return { schema, lost: [...new Set(lost)] }
}

function concerns(keyword: string, type: JsonValue | undefined): boolean {
  const subject = subjects.find(([keywords]) => keywords.test(keyword))?.[1]
  return subject === undefined || typeof type !== 'string' || subject.split(' ').includes(type)
}
