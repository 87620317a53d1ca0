import type { JsonObject, JsonValue } from '@insidellms/core'
import { z } from 'zod'
import { snakeCase } from './camel-case.ts'
import { configSchema } from './config-schema.ts'

/** Where the published JSON Schema is found: the first line of generated configs names it, for editors. */
export const configSchemaUrl = 'https://unpkg.com/@insidellms/runner@1/schema/config.schema.json'

/** The config's JSON Schema (draft 2020-12), made of the one zod schema. It takes keys in both spellings. */
export function configJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as unknown as JsonObject
  return {
    ...(withBothSpellings(schema) as JsonObject),
    $id: configSchemaUrl,
    title: 'insideLLMs config',
    allOf: [eitherOf('model', 'models'), eitherOf('probe', 'probes')],
    anyOf: [{ required: ['dataset'] }, ownDatasets],
  }
}

/** Adds `max_tokens` beside `maxTokens`. What is open for any key, such as `args`, has no properties to add to. */
function withBothSpellings(node: JsonValue): JsonValue {
  if (Array.isArray(node)) return node.map(withBothSpellings)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withBothSpellings(value)]))
  const { properties } = copy
  if (copy['type'] === 'object' && typeof properties === 'object' && properties !== null)
    for (const [name, value] of Object.entries(properties)) {
      const other = snakeCase(name)
      if (other !== name) (properties as JsonObject)[other] = value
    }
  return copy
}

const withDataset: JsonObject = { type: 'object', required: ['dataset'] }

/** Every probe brings its own. */
const ownDatasets: JsonObject = { properties: { probe: withDataset, probes: { items: withDataset } } }

function eitherOf(one: string, many: string): JsonObject {
  return { oneOf: [{ required: [one] }, { required: [many] }] }
}
