import type { JsonValue } from '@insidellms/core'
import { isObject } from '../items/item-fields.ts'

/** Equality of JSON values. Numbers may differ by rounding, one part in 10^9; the order of keys is no matter. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, index) => sameJson(value, b[index]))
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
    )
  }
  return a === b
}

/** Whether `value` has every field of `wanted` with an equal value. */
export function hasFields(value: JsonValue | undefined, wanted: Record<string, JsonValue>): boolean {
  return (
    Object.keys(wanted).length === 0 ||
    (isObject(value) && Object.keys(wanted).every((key) => sameJson(value[key], wanted[key])))
  )
}
