import type { JsonObject } from './json.ts'
import type { Usage } from './model-response.ts'

type Figures = { [Name in Exclude<keyof Usage, 'raw'>]?: unknown }

/**
 * What the vendor counted. A figure that it did not give is absent, and never 0.
 *
 * @param raw The vendor's usage object as received.
 * @param figures Those of its fields that have a portable name; what is no number is left out.
 */
export function usageOf(raw: object, figures: Figures): Usage {
  const usage: Usage = { raw: raw as JsonObject }
  for (const [name, value] of Object.entries(figures))
    if (typeof value === 'number') usage[name as keyof Figures] = value
  return usage
}
