import { didYouMean } from './did-you-mean.ts'
import type { CallOptions, PortableOption } from './generate-options.ts'
import { InsideLLMsError } from './insidellms-error.ts'

/** What a value should be, or undefined when it is right. */
type Check = (value: unknown) => string | undefined

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

const number: Check = (value) => (Number.isFinite(value) ? undefined : 'a finite number')
const count: Check = (value) => (isCount(value) ? undefined : 'a whole number, 0 or more')
const integer: Check = (value) => (Number.isSafeInteger(value) ? undefined : 'a whole number')
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false')
const object: Check = (value) => (isObject(value) ? undefined : 'an object')

const portableChecks: Record<PortableOption, Check> = {
  temperature: number,
  topP: number,
  topK: count,
  maxTokens: count,
  stop: (value) =>
    typeof value === 'string' || (Array.isArray(value) && value.every((text) => typeof text === 'string'))
      ? undefined
      : 'a text or a list of texts',
  seed: integer,
  presencePenalty: number,
  frequencyPenalty: number,
  logprobs: flag,
  topLogprobs: count,
  responseFormat: (value) =>
    isObject(value) &&
    (value['type'] === 'text' ||
      value['type'] === 'json' ||
      (value['type'] === 'json_schema' && isObject(value['schema'])))
      ? undefined
      : "{ type: 'text' }, { type: 'json' } or { type: 'json_schema', schema: { ... } }",
  tools: (value) =>
    Array.isArray(value) &&
    value.every((tool) => isObject(tool) && typeof tool['name'] === 'string' && isObject(tool['parameters']))
      ? undefined
      : 'a list of tools, each with a name and parameters (a JSON Schema)',
  toolChoice: (value) =>
    value === 'auto' ||
    value === 'none' ||
    value === 'required' ||
    (isObject(value) && typeof value['name'] === 'string')
      ? undefined
      : "'auto', 'none', 'required' or { name }",
  reasoning: (value) =>
    isObject(value) && Object.entries(value).every(([name, inner]) => reasoningChecks[name]?.(inner) ?? false)
      ? undefined
      : `{ effort } (one of ${efforts.join(', ')}), { budgetTokens } (a whole number) or both`,
}

const efforts: readonly unknown[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh']

const reasoningChecks: Record<string, (value: unknown) => boolean> = {
  effort: (value) => value === undefined || efforts.includes(value),
  budgetTokens: (value) => value === undefined || isCount(value),
}

const callChecks: Record<keyof CallOptions, Check> = {
  // By shape: a signal of another realm or a polyfill is none of our AbortSignal.
  signal: (value) =>
    isObject(value) && typeof value['aborted'] === 'boolean' && typeof value['addEventListener'] === 'function'
      ? undefined
      : 'an AbortSignal',
  timeoutMs: (value) => (typeof value === 'number' && value > 0 ? undefined : 'a number of milliseconds above 0'),
  providerOptions: object,
  onUnsupported: (value) => (value === 'warn' || value === 'error' ? undefined : "'warn' or 'error'"),
}

const checks: Record<string, Check> = { ...portableChecks, ...callChecks }

/** Names of all portable options. */
export const portableOptions: readonly PortableOption[] = Object.keys(portableChecks) as PortableOption[]

export function isPortableOption(name: string): name is PortableOption {
  return Object.hasOwn(portableChecks, name)
}

/**
 * Refuses unknown options and values of the wrong type, so that a misspelt one is not silently ignored. What is
 * undefined is not given.
 *
 * @throws {InsideLLMsError} with the given code.
 */
export function checkOptions(
  options: object | undefined,
  code: 'invalid_request' | 'config' = 'invalid_request',
): void {
  for (const name in options) {
    const value = (options as Record<string, unknown>)[name]
    if (value === undefined) continue
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) throw unknownOption(name, code)
    const expected = check(value)
    if (expected !== undefined)
      throw new InsideLLMsError(code, `The option ${name} must be ${expected}; it is ${shown(value)}.`)
  }
}

function unknownOption(name: string, code: 'invalid_request' | 'config'): InsideLLMsError {
  const near = didYouMean(name, Object.keys(checks))
  return new InsideLLMsError(
    code,
    `Unknown option "${name}".${near ? ` Did you mean "${near}"?` : ''} What only one vendor knows goes into providerOptions.`,
  )
}

function shown(value: unknown): string {
  return typeof value === 'object' || typeof value === 'string'
    ? JSON.stringify(value).slice(0, 80)
    : String(value).slice(0, 80)
}
