import { checkSettings, type JsonObject, type LedgerEntry } from '@insidellms/core/driver'

/**
 * Which upstream may answer. Source: https://openrouter.ai/docs/features/provider-routing
 */
export interface OpenRouterRouting {
  /** Upstreams by their slugs, tried in this order. */
  order?: string[]
  /** The only upstreams that may answer. */
  only?: string[]
  /** Upstreams that may not answer. */
  ignore?: string[]
  /** The only quantisations that may answer, such as `fp8` or `bf16`. */
  quantizations?: string[]
  /** Whether another upstream may answer when those named cannot. OpenRouter's default: true. */
  allowFallbacks?: boolean
  /**
   * Only upstreams that know every option of the request: others drop what they do not know, without a word. Default:
   * true, unlike OpenRouter's own.
   */
  requireParameters?: boolean
  /** `deny`: no upstream that keeps the data. */
  dataCollection?: 'allow' | 'deny'
  /** What to prefer where the rest leaves a choice. */
  sort?: 'price' | 'throughput' | 'latency'
}

const wireNames: Readonly<Record<keyof OpenRouterRouting, string>> = {
  order: 'order',
  only: 'only',
  ignore: 'ignore',
  quantizations: 'quantizations',
  allowFallbacks: 'allow_fallbacks',
  requireParameters: 'require_parameters',
  dataCollection: 'data_collection',
  sort: 'sort',
}

/** The request's `provider` object. @throws {InsideLLMsError} `config` for a key that OpenRouter does not know. */
export function toProviderObject(routing: OpenRouterRouting): JsonObject {
  checkSettings('openrouter routing', routing, Object.keys(wireNames))
  const wire: JsonObject = { require_parameters: true }
  for (const [name, value] of Object.entries(routing))
    if (value !== undefined) wire[wireNames[name as keyof OpenRouterRouting]] = value
  return wire
}

/**
 * The ledger's word on routing. Mixed upstreams and quantisations of one model differ by many points
 * (UKGovernmentBEIS/inspect_ai#4707), so a route that is not pinned is said aloud.
 */
export function routingEntry(wire: JsonObject): LedgerEntry {
  const { order, only, quantizations, allow_fallbacks: fallbacks } = wire
  const bound = isList(only) || (isList(order) && fallbacks === false)
  const missing = [
    bound ? '' : 'upstreams (only, or order with allowFallbacks: false)',
    isList(quantizations) ? '' : 'quantizations',
  ].filter(Boolean)
  const entry = { wire: '/provider', value: wire }
  return missing.length === 0
    ? { status: 'mapped', ...entry }
    : {
        status: 'adjusted',
        ...entry,
        reason: `routing is not pinned, so two calls may reach different backends; to pin it set ${missing.join(' and ')}`,
      }
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}
