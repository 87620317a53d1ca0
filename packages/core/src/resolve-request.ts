import type { ChatMessage } from './chat-message.ts'
import { checkMessages } from './check-messages.ts'
import type { GenerateOptions, PortableOption } from './generate-options.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { ModelRequest } from './model-driver.ts'
import type { ModelInfo } from './model-info.ts'
import type { Ledger } from './model-response.ts'
import { checkOptions, isPortableOption } from './portable-options.ts'
import { warnOnce } from './warn.ts'

/** What a call is answered with and about: the request for the driver, and the options that never reach it. */
export interface ResolvedRequest {
  request: ModelRequest
  refused: Ledger | undefined
}

/**
 * Makes a driver's request of what the caller gave and of the model's defaults, which are checked already. An explicit
 * undefined means "not given": it does not hide a default.
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
  checkOptions(given)
  const resolved: ResolvedRequest = {
    request: {
      messages: typeof input === 'string' ? [{ role: 'user', content: input }] : checkMessages(input),
      options: {},
      onUnsupported: given?.onUnsupported ?? defaults.onUnsupported ?? 'warn',
    },
    refused: undefined,
  }
  const take = (options: GenerateOptions | undefined, others: GenerateOptions | undefined): void => {
    for (const name in options) {
      const value = options[name as keyof GenerateOptions]
      if (value === undefined || name === 'onUnsupported' || others?.[name as keyof GenerateOptions] !== undefined)
        continue
      if (!isPortableOption(name)) (resolved.request as unknown as Record<string, unknown>)[name] = value
      else if (supports.has(name)) set(resolved.request.options, name, value)
      else
        (resolved.refused ??= {})[name] = {
          status: 'refused',
          reason: refuse(name, describe(), resolved.request.onUnsupported),
        }
    }
  }
  take(defaults, given)
  take(given, undefined)
  return resolved
}

function set(options: ModelRequest['options'], name: PortableOption, value: unknown): void {
  // JSON has no -0: what the ledger and the cache key say must be what goes out.
  const exact = value === 0 ? 0 : value
  ;(options as Record<string, unknown>)[name] = name === 'stop' && typeof exact === 'string' ? [exact] : exact
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
