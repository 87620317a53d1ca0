import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readFileSync } from 'node:fs'
import type { ModelInfo } from '@insidellms/core'
import type { Provider } from '@pydantic/genai-prices'
import type { CatalogueFacts } from './finding.ts'
import { newestDay } from './retirement-catalogue.ts'

type Priced = Pick<ModelInfo, 'provider' | 'modelId' | 'extra'>

const packageName = '@pydantic/genai-prices'

/** What the catalogue calls the vendor of each provider. It would take `openai-compatible` for OpenAI. */
const vendors: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  cohere: 'cohere',
  openrouter: 'openrouter',
}

export interface PriceCatalogue extends CatalogueFacts {
  /** US dollars for one call. Undefined where the catalogue has no price for both directions; that is not 0. */
  price(model: Priced, tokens: { input: number; output: number }): number | undefined
  /** Tokens of the model's context window. */
  windowOf(model: Priced): number | undefined
  /** Whether the catalogue calls the model deprecated. */
  isDeprecated(model: Priced): boolean
}

/** Loads the catalogue of prices: 0.8 MB of code, and so only when somebody asks for an estimate. */
export async function loadPriceCatalogue(today: string): Promise<PriceCatalogue> {
  const { calcPrice, findProvider } = await import('@pydantic/genai-prices')
  const vendorOf = ({ provider, extra }: Priced): Provider | undefined => {
    if (Object.hasOwn(vendors, provider)) return findProvider({ providerId: vendors[provider]! })
    const { baseUrl } = extra
    return typeof baseUrl === 'string' ? findProvider({ providerApiUrl: baseUrl }) : undefined
  }
  const priceOf = (model: Priced, input: number, output: number) => {
    const provider = vendorOf(model)
    if (provider === undefined) return undefined
    return calcPrice({ input_tokens: input, output_tokens: output }, model.modelId, { provider }) ?? undefined
  }
  const known = Object.values(vendors).map((providerId) => findProvider({ providerId }))
  const newest = newestDay(JSON.stringify(known), today)
  return {
    name: packageName,
    version: versionOfPackage(),
    ...(newest !== undefined && { newest }),
    price(model, { input, output }) {
      const found = priceOf(model, input, output)
      // A model without prices is there to be recognised, and comes out at 0.
      const { input_mtok: inputPrice, output_mtok: outputPrice } = found?.model_price ?? {}
      return inputPrice === undefined || outputPrice === undefined ? undefined : found?.total_price
    },
    windowOf: (model) => priceOf(model, 0, 0)?.model.context_window,
    isDeprecated: (model) => priceOf(model, 0, 0)?.model.deprecated === true,
  }
}

/** Its package.json is behind `exports`. */
function versionOfPackage(): string {
  let directory = dirname(createRequire(import.meta.url).resolve(packageName))
  for (; dirname(directory) !== directory; directory = dirname(directory))
    try {
      const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>
      if (manifest['name'] === packageName) return String(manifest['version'])
    } catch {
      // No package.json here, or one that is no JSON: further up.
    }
  return 'unknown'
}
