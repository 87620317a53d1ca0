import type { ChatMessage } from './chat-message.ts'
import { didYouMean } from './did-you-mean.ts'
import type { CallOptions, GenerateOptions, PortableOption } from './generate-options.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { ModelRequest } from './model-driver.ts'
import type { ModelInfo } from './model-info.ts'
import type { Ledger } from './model-response.ts'
import { warnOnce } from './warn.ts'

type Check = (value: never) => string | undefined

const number: Check = (value) => (Number.isFinite(value) ? undefined : 'a finite number')
const count: Check = (value) => (Number.isSafeInteger(value) && value >= 0 ? undefined : 'a whole number, 0 or more')
const integer: Check = (value) => (Number.isSafeInteger(value) ? undefined : 'a whole number')
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false')
const object: Check = (value) => (typeof value === 'object' && value !== null ? undefined : 'an object')

const portableChecks: Record<PortableOption, Check> = {
  temperature: number,
  topP: number,
  topK: count,
  maxTokens: count,
  stop: (value: unknown) =>
    typeof value === 'string' || (Array.isArray(value) && value.every((text) => typeof text === 'string'))
      ? undefined
      : 'a text or a list of texts',
  seed: integer,
  presencePenalty: number,
  frequencyPenalty: number,
  logprobs: flag,
  topLogprobs: count,
  responseFormat: object,
  tools: (value: unknown) => (Array.isArray(value) ? undefined : 'a list of tools'),
  toolChoice: (value: unknown) =>
    typeof value === 'string' || (typeof value === 'object' && value !== null)
      ? undefined
      : "'auto', 'none', 'required' or { name }",
  reasoning: object,
}

const callChecks: Record<keyof CallOptions, Check> = {
  signal: (value: unknown) => (value instanceof AbortSignal ? undefined : 'an AbortSignal'),
  timeoutMs: (value: number) => (value > 0 ? undefined : 'a number of milliseconds above 0'),
  providerOptions: object,
  onUnsupported: (value: unknown) => (value === 'warn' || value === 'error' ? undefined : "'warn' or 'error'"),
}

const checks: Record<string, Check> = { ...portableChecks, ...callChecks }

/** Names of all portable options. */
export const portableOptions: readonly PortableOption[] = Object.keys(portableChecks) as PortableOption[]

export function isPortableOption(name: string): name is PortableOption {
  return Object.hasOwn(portableChecks, name)
}

/** What a call is answered with and about: the request for the driver, and the options that never reach it. */
export interface ResolvedRequest {
  request: ModelRequest
  refused: Ledger | undefined
}

/**
 * Makes a driver's request of what the caller gave.
 *
 * @throws {InsideLLMsError} `invalid_request` for an unknown option or a value of the wrong type, `unsupported` for an
 *   option that the driver lacks when `onUnsupported` is `error`.
 */
export function resolveRequest(
  input: string | ChatMessage[],
  given: GenerateOptions | undefined,
  defaults: GenerateOptions,
  supports: ReadonlySet<PortableOption>,
  describe: () => ModelInfo,
): ResolvedRequest {
  const request: ModelRequest = {
    messages: typeof input === 'string' ? [{ role: 'user', content: input }] : checkMessages(input),
    options: {},
    onUnsupported: given?.onUnsupported ?? defaults.onUnsupported ?? 'warn',
  }
  let refused: Ledger | undefined
  const options: GenerateOptions = given === undefined ? defaults : { ...defaults, ...definedOnly(given) }
  for (const name in options) {
    const value = options[name as keyof GenerateOptions]
    if (value === undefined) continue
    const expected = checkOption(name, value)
    if (expected !== undefined) throw invalidOption(name, value, expected)
    if (isPortableOption(name)) {
      if (supports.has(name)) set(request.options, name, value)
      else {
        refused ??= {}
        refused[name] = { status: 'refused', reason: refuse(name, describe(), request.onUnsupported) }
      }
    } else if (name !== 'onUnsupported') Object.assign(request, { [name]: value })
  }
  return { request, refused }
}

/** Checks one option by itself; undefined when it is right, else what it should be. */
function checkOption(name: string, value: unknown): string | undefined {
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined
  if (check !== undefined) return check(value as never)
  const near = didYouMean(name, Object.keys(checks))
  throw new InsideLLMsError(
    'invalid_request',
    `Unknown option "${name}".${near ? ` Did you mean "${near}"?` : ''} What only one vendor knows goes into providerOptions.`,
  )
}

function set(options: ModelRequest['options'], name: PortableOption, value: unknown): void {
  const normal = name === 'stop' && typeof value === 'string' ? [value] : value
  ;(options as Record<string, unknown>)[name] = normal
}

function refuse(name: PortableOption, info: ModelInfo, onUnsupported: 'warn' | 'error'): string {
  const reason = `${info.provider} does not support ${name}`
  if (onUnsupported === 'error')
    throw new InsideLLMsError(
      'unsupported',
      `${info.provider} ${info.modelId}: the option ${name} is not supported. Leave it out, or set onUnsupported: 'warn' to go on without it.`,
      { provider: info.provider, modelId: info.modelId },
    )
  warnOnce(`${reason}: it was left out. The response's ledger says so too; onUnsupported: 'error' makes it an error.`)
  return reason
}

function invalidOption(name: string, value: unknown, expected: string): InsideLLMsError {
  const shown = typeof value === 'object' ? JSON.stringify(value)?.slice(0, 80) : String(value)
  return new InsideLLMsError('invalid_request', `The option ${name} must be ${expected}; it is ${shown}.`)
}

const roles: ReadonlySet<unknown> = new Set(['system', 'user', 'assistant', 'tool'])

function checkMessages(messages: ChatMessage[]): ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw new InsideLLMsError(
      'invalid_request',
      'A chat needs at least one message: [{ role: "user", content: "Hi" }].',
    )
  for (const [index, message] of messages.entries()) {
    if (!roles.has(message?.role))
      throw new InsideLLMsError(
        'invalid_request',
        `Message ${index} has the role ${JSON.stringify(message?.role)}; the roles are system, user, assistant and tool.`,
      )
    if (typeof message.content !== 'string' && !Array.isArray(message.content))
      throw new InsideLLMsError(
        'invalid_request',
        `Message ${index} (${message.role}) needs content: a text or a list of parts.`,
      )
    if (message.role === 'tool' && typeof message.toolCallId !== 'string')
      throw new InsideLLMsError(
        'invalid_request',
        `Message ${index} (tool) needs toolCallId, the id of the call that it answers.`,
      )
  }
  return messages
}

/** An explicit undefined means "not given", so it must not hide a default. */
function definedOnly(options: GenerateOptions): GenerateOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
