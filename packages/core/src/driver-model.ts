import type { ChatMessage } from './chat-message.ts'
import type { GenerateOptions, PortableOption } from './generate-options.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import { mapFinish } from './map-finish.ts'
import { retry } from './middleware/retry.ts'
import { Model } from './model.ts'
import type { Middleware, ModelDriver, PreparedDriver } from './model-driver.ts'
import type { ModelEvent } from './model-event.ts'
import type { ModelInfo } from './model-info.ts'
import type { Ledger, ModelResponse } from './model-response.ts'
import { checkOptions } from './portable-options.ts'
import { prepareDriver } from './prepare-driver.ts'
import { type ResolvedRequest, resolveRequest } from './resolve-request.ts'
import { checkSpecVersion } from './spec-version.ts'

/** Settings that every model takes beside its driver's own: options for every call, and how calls are carried out. */
export interface ModelSettings extends Omit<GenerateOptions, 'signal'> {
  /** What it is shown as. Default: the driver's own name. */
  name?: string
  /** Attempts after the first for errors that may pass, `retry()`'s other settings at their defaults. Default: 2. */
  maxRetries?: number
  /** Wraps every call, the first one outermost. */
  middleware?: Middleware[]
}

/** A `Model` on a driver: what the registry hands out, and what each provider's own class extends. */
export class DriverModel extends Model {
  readonly #prepared: PreparedDriver
  readonly #supports: ReadonlySet<PortableOption>
  readonly #defaults: GenerateOptions

  /** @throws {InsideLLMsError} `incompatible` for a foreign `specVersion`, `config` for a wrong setting. */
  constructor(driver: ModelDriver, settings: ModelSettings = {}) {
    const { name, maxRetries = 2, middleware = [], ...defaults } = settings
    checkSpecVersion(driver)
    checkOptions(defaults, 'config')
    super(name ?? driver.info().name)
    this.#prepared = middleware.reduceRight((inner, wrap) => wrap(inner), retry({ maxRetries })(prepareDriver(driver)))
    this.#supports = new Set(driver.supports)
    this.#defaults = defaults
  }

  async generate(prompt: string, options?: GenerateOptions): Promise<string> {
    return (await this.respond(prompt, options)).text
  }

  override async respond(input: string | ChatMessage[], options?: GenerateOptions): Promise<ModelResponse> {
    const resolved = this.#resolve(input, options)
    return finishLedger(await this.#prepared.respond(resolved.request), resolved)
  }

  override events(input: string | ChatMessage[], options?: GenerateOptions): AsyncIterableIterator<ModelEvent> {
    let resolved: ResolvedRequest
    return mapFinish(
      () => this.#prepared.events((resolved = this.#resolve(input, options)).request),
      (response) => finishLedger(response, resolved),
    )
  }

  info(): ModelInfo {
    return { ...this.#prepared.info(), name: this.name }
  }

  /** @throws {InsideLLMsError} `unsupported` when the vendor has no such list. */
  async listModels(): Promise<ModelInfo[]> {
    return this.#ask('listModels', (driver) => driver.listModels?.())
  }

  /** Tokens of this prompt by the vendor's or the engine's own count. @throws {InsideLLMsError} `unsupported`. */
  async countTokens(input: string | ChatMessage[], options?: GenerateOptions): Promise<number> {
    const { request } = this.#resolve(input, options)
    return this.#ask('countTokens', (driver) => driver.countTokens?.(request))
  }

  override async close(): Promise<void> {
    await this.#prepared.close?.()
  }

  #resolve(input: string | ChatMessage[], options: GenerateOptions | undefined): ResolvedRequest {
    return resolveRequest(input, options, this.#defaults, this.#supports, () => this.info())
  }

  async #ask<T>(what: string, call: (driver: PreparedDriver) => Promise<T> | undefined): Promise<T> {
    const answer = call(this.#prepared)
    if (answer === undefined) {
      const { provider, modelId } = this.info()
      throw new InsideLLMsError('unsupported', `${provider} has no ${what}().`, { provider, modelId })
    }
    return answer
  }
}

/** Every option asked for has an entry: the driver's, else "sent" on the word of its `supports`, else "refused". */
function finishLedger(response: ModelResponse, { request, refused }: ResolvedRequest): ModelResponse {
  let complete: Ledger | undefined
  for (const option in request.options)
    if (!Object.hasOwn(response.ledger, option)) (complete ??= {})[option] = { status: 'sent' }
  for (const key in request.providerOptions)
    if (!Object.hasOwn(response.ledger, `providerOptions.${key}`))
      (complete ??= {})[`providerOptions.${key}`] = {
        status: 'mapped',
        reason: 'handed to the driver, which does not report what it sent',
      }
  if (complete === undefined && refused === undefined) return response
  return { ...response, ledger: { ...response.ledger, ...complete, ...refused } }
}
