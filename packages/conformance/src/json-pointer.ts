import { isDeepStrictEqual } from 'node:util'
import type { JsonValue } from '@insidellms/core'

/** The value at a JSON Pointer (RFC 6901), or undefined when there is none. */
export function valueAt(document: JsonValue | undefined, pointer: string): JsonValue | undefined {
  let value: unknown = document
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value as JsonValue | undefined
}

/** Every text in a document, in its order. */
export function textsIn(document: JsonValue | undefined): string[] {
  if (typeof document === 'string') return [document]
  if (typeof document !== 'object' || document === null) return []
  return Object.values(document).flatMap(textsIn)
}

/** Whether a value stands anywhere in a document, in whatever place. */
export function containsValue(document: JsonValue | undefined, value: JsonValue): boolean {
  if (isDeepStrictEqual(document, value)) return true
  if (typeof document !== 'object' || document === null) return false
  return Object.values(document).some((inner) => containsValue(inner, value))
}
