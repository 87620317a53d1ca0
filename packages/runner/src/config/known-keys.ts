import type { $ZodType } from 'zod/v4/core'
import { configSchema } from './config-schema.ts'
import { schemaDefinition } from './schema-definition.ts'
import { settingShapes } from './setting-shapes.ts'

/** The keys that may stand at a path of a config. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  const keys = new Set<string>()
  const visit = (schema: $ZodType | undefined, depth: number): void => {
    if (schema === undefined) return
    const { type, shape, element, options, innerType, in: input, catchall } = schemaDefinition(schema)
    for (const inner of options ?? [innerType ?? input]) visit(inner, depth)
    if (depth === path.length) {
      for (const key of Object.keys(shape ?? {})) if (key !== '$schema') keys.add(key)
      return
    }
    const settings = type === 'record' && path[depth - 1] === 'args' ? settingShapes(path.slice(0, depth)) : undefined
    visit(element ?? (shape ?? settings)?.[String(path[depth])] ?? catchall, depth + 1)
  }
  visit(configSchema, 0)
  return [...keys]
}
