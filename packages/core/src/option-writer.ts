import type { PortableOption } from './generate-options.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { ModelRequest } from './model-driver.ts'
import type { Ledger } from './model-response.ts'

type Options = ModelRequest['options']

/**
 * Writes options into a request body and into the ledger in one move, so that the two cannot disagree. Places are JSON
 * Pointers (RFC 6901) into the body. An option that was not asked for is passed over.
 *
 * @example
 * ```ts
 * const writer = new OptionWriter(request, 'openai')
 *   .send('temperature', '/temperature')
 *   .map('maxTokens', '/max_completion_tokens', (count) => count)
 * const { body, ledger } = writer.finish({ model, messages })
 * ```
 */
export class OptionWriter {
  readonly #request: ModelRequest
  readonly #provider: string
  readonly #body: JsonObject = {}
  readonly #ledger: Ledger = {}

  constructor(request: ModelRequest, provider: string) {
    this.#request = request
    this.#provider = provider
  }

  /** The value goes out as it is, under the vendor's own name. */
  send<Name extends PortableOption>(option: Name, wire: string): this {
    const value = this.#request.options[option]
    return value === undefined ? this : this.#write(option, 'sent', wire, value as JsonValue)
  }

  /** The value goes out in another shape. Returning undefined refuses it, as `refuse` does. */
  map<Name extends PortableOption>(
    option: Name,
    wire: string,
    shape: (value: NonNullable<Options[Name]>) => JsonValue | undefined,
    reason?: string,
  ): this {
    const value = this.#request.options[option]
    if (value === undefined) return this
    const shaped = shape(value as NonNullable<Options[Name]>)
    return shaped === undefined
      ? this.refuse(option, reason ?? 'the vendor has no such value')
      : this.#write(option, 'mapped', wire, shaped, reason)
  }

  /** Another value goes out than was asked for, or one that nobody asked for but that the vendor demands. */
  adjust(option: PortableOption, wire: string, value: JsonValue, reason: string): this {
    return this.#write(option, 'adjusted', wire, value, reason)
  }

  /** What was asked for is what the vendor does unasked, and has no word for: nothing goes out. */
  imply(option: PortableOption, reason: string): this {
    if (this.#request.options[option] !== undefined) this.#ledger[option] = { status: 'mapped', reason }
    return this
  }

  /**
   * The option stays out, because of its value or of what it was combined with.
   *
   * @throws {InsideLLMsError} `unsupported` when the caller wants that to be an error.
   */
  refuse(option: PortableOption, reason: string): this {
    if (this.#request.options[option] === undefined) return this
    if (this.#request.onUnsupported === 'error')
      throw new InsideLLMsError(
        'unsupported',
        `The option ${option} cannot be sent: ${reason}. Change it, or set onUnsupported: 'warn' to go on without it.`,
        { provider: this.#provider },
      )
    this.#ledger[option] = { status: 'refused', reason }
    return this
  }

  /**
   * The body: what the driver itself sets, the options, and `providerOptions` on top.
   *
   * @throws {InsideLLMsError} `invalid_request` when `providerOptions` would replace what the driver itself sets.
   */
  finish(own: JsonObject): { body: JsonObject; ledger: Ledger } {
    const body: JsonObject = { ...own, ...this.#body }
    for (const [key, value] of Object.entries(this.#request.providerOptions ?? {})) {
      if (value === undefined) continue
      if (Object.hasOwn(own, key))
        throw new InsideLLMsError(
          'invalid_request',
          `providerOptions.${key} would replace what the driver sets itself. Take it out.`,
          { provider: this.#provider },
        )
      const wire = pointer(key)
      for (const [option, entry] of Object.entries(this.#ledger))
        if (entry.wire === wire || entry.wire?.startsWith(`${wire}/`))
          this.#ledger[option] = { status: 'adjusted', wire, value, reason: `providerOptions.${key} replaces it` }
      body[key] = value
      this.#ledger[`providerOptions.${key}`] = { status: 'sent', wire, value }
    }
    return { body, ledger: this.#ledger }
  }

  #write(
    option: PortableOption,
    status: 'sent' | 'mapped' | 'adjusted',
    wire: string,
    value: JsonValue,
    reason?: string,
  ): this {
    this.#ledger[option] = { status, wire, value, ...(reason !== undefined && { reason }) }
    const path = wire.slice(1).split('/')
    let target = this.#body
    for (const segment of path.slice(0, -1)) target = (target[segment] ??= {}) as JsonObject
    target[path.at(-1)!] = value
    return this
  }
}

function pointer(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
