import type { ModelInfo } from '@insidellms/core'

type Named = Pick<ModelInfo, 'provider' | 'modelId' | 'extra'>

/**
 * Says why a model's name may stand for another model tomorrow, and what to write instead. Undefined for a name that stays
 * what it is, as far as its vendor promises.
 *
 * What the driver says itself counts: `extra.floating`, true or false. The rules below are for drivers that say nothing.
 */
export function floatingAlias(model: Named): string | undefined {
  const { floating } = model.extra
  if (floating === false) return undefined
  if (floating === true) return 'its provider says that the name may come to mean another model'
  const rule = Object.hasOwn(rules, model.provider) ? rules[model.provider]! : anyVendor
  return rule(model)
}

/**
 * OpenAI: an alias points to a dated snapshot, and the pointer is moved. Fine-tuned models are what they are.
 * Source: https://platform.openai.com/docs/models ("Snapshots let you lock in a specific version of the model").
 */
function openai({ modelId }: Named): string | undefined {
  const own = /^(gpt-(?!oss)|o\d|chatgpt-|codex-|computer-use-)/.test(modelId)
  if (own && !/-(\d{4}-\d{2}-\d{2}|\d{4})(-|$)/.test(modelId))
    return 'an alias that OpenAI points to its snapshots; name one with a date, such as gpt-4o-2024-08-06'
  return latest(modelId)
}

/**
 * Anthropic: ids with a date are pinned, and so are dateless ids from the 4.6 generation on; earlier dateless ids are
 * aliases. Source: https://platform.claude.com/docs/en/about-claude/models/model-ids-and-versions
 */
function anthropic({ modelId }: Named): string | undefined {
  if (!modelId.startsWith('claude-') || /[-@]\d{8}$/.test(modelId)) return undefined
  if (/^claude-(instant-)?\d+\.\d+$/.test(modelId)) return undefined
  const [, major = '0', minor = '0'] = /^claude-[a-z]+-(\d+)(?:-(\d{1,2}))?$/.exec(modelId) ?? []
  if (Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 6)) return undefined
  return 'an alias that Anthropic points to its snapshots; name one with a date, such as claude-sonnet-4-5-20250929'
}

/**
 * Gemini: `latest` is moved with each release; previews without a date are replaced; up to 2.0 a bare name was an alias of
 * `-001`, `-002`. A stable name of today stays. Sources: https://ai.google.dev/gemini-api/docs/models#model-versions and
 * https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versioning
 */
function gemini({ modelId }: Named): string | undefined {
  const id = modelId.replace(/^models\//, '')
  if (/-(\d{3}|\d{2}-\d{2}|\d{2}-\d{4})$/.test(id)) return undefined
  if (/^gemini-(pro|1\.|2\.0)/.test(id))
    return 'an alias that Google moves; name a version, such as gemini-2.0-flash-001'
  if (/-(preview|exp|experimental)\b/.test(id)) return 'a preview without a date, which Google replaces'
  return latest(id)
}

/** Cohere: `command-r` is an alias of `command-r-MM-YYYY`. Source: https://docs.cohere.com/docs/models */
function cohere({ modelId }: Named): string | undefined {
  if (!/^(command|c4ai)/.test(modelId) || /-\d{2}-\d{4}$/.test(modelId)) return undefined
  return 'an alias that Cohere moves; name a version with a date, such as command-r-08-2024'
}

/** Ollama: without a tag it is `latest`, which moves. Source: https://github.com/ollama/ollama/blob/main/docs/api.md#model-names */
function ollama({ modelId }: Named): string | undefined {
  return /:(?!latest$)[^/]+$/.test(modelId)
    ? undefined
    : 'it has no tag, or the tag latest, which moves; name one with size and quantisation, such as llama3.2:3b-instruct-q8_0'
}

/** Hugging Face: a branch moves, a commit does not, and the inference providers take no revision. */
function huggingface({ extra }: Named): string | undefined {
  const { backend, revision, endpointUrl } = extra
  if (backend !== 'local')
    return endpointUrl === undefined
      ? 'inference providers serve the newest revision of a repository, in a form of their own'
      : undefined
  if (revision === undefined || /^[0-9a-f]{40}$/.test(String(revision))) return undefined
  return `the revision ${String(revision)} is a branch or a tag, which moves; name a commit of 40 hex digits`
}

/** OpenRouter: upstreams differ, and so do the names that it hands on. Source: https://openrouter.ai/docs/features/provider-routing */
function openrouter({ modelId, extra }: Named): string | undefined {
  const { only, order, allow_fallbacks: fallbacks } = (extra['routing'] ?? {}) as Record<string, unknown>
  if (modelId.startsWith('openrouter/')) return 'OpenRouter chooses the model for each call'
  if (!(isList(only) || (isList(order) && fallbacks === false)))
    return 'any upstream may answer; set routing.only, or routing.order with allowFallbacks: false'
  const [vendor = '', id = ''] = modelId.split(/\/(.*)/s)
  const rule = { openai, anthropic, google: gemini, cohere }[vendor]
  return rule?.({ provider: vendor, modelId: id.replace(/:.*$/, ''), extra: {} }) ?? latest(id)
}

function anyVendor({ modelId }: Named): string | undefined {
  return latest(modelId)
}

function latest(modelId: string): string | undefined {
  return /(^|[-:@/])latest$/.test(modelId) ? '"latest" moves with every release; name a version' : undefined
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

const rules: Readonly<Record<string, (model: Named) => string | undefined>> = {
  openai,
  anthropic,
  gemini,
  cohere,
  ollama,
  huggingface,
  openrouter,
}
