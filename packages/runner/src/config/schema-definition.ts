import type { $ZodType } from 'zod/v4/core'

/** As much of a zod schema's definition as is needed to follow a value through it. */
export interface SchemaDefinition {
  type: string
  /** Of an object. */
  shape?: Record<string, $ZodType>
  /** Of an object with keys of any name: their values. */
  catchall?: $ZodType
  /** Of a list. */
  element?: $ZodType
  /** Of a union. */
  options?: readonly $ZodType[]
  /** Of a default, or of what may be left out. */
  innerType?: $ZodType
  /** Of a transformation. */
  in?: $ZodType
}

export function schemaDefinition(schema: $ZodType): SchemaDefinition {
  return schema._zod.def as unknown as SchemaDefinition
}
