import type { JsonValue } from '@insidellms/core'
import type { ParquetParsers } from 'hyparquet'

/** Days and points in time as texts by ISO 8601, in UTC, with as many digits as the file has. */
export const parquetParsers: Partial<ParquetParsers> = {
  dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().replace(/T.*/, ''),
  timestampFromMilliseconds: (milliseconds: bigint) => new Date(Number(milliseconds)).toISOString(),
  timestampFromMicroseconds: (microseconds: bigint) => timestamp(microseconds * 1000n, 6),
  timestampFromNanoseconds: (nanoseconds: bigint) => timestamp(nanoseconds, 9),
}

function timestamp(nanoseconds: bigint, digits: number): string {
  const below = ((nanoseconds % 1_000_000n) + 1_000_000n) % 1_000_000n
  const text = new Date(Number((nanoseconds - below) / 1_000_000n)).toISOString()
  return below === 0n
    ? text
    : text.replace(
        'Z',
        `${String(below)
          .padStart(6, '0')
          .slice(0, digits - 3)}Z`,
      )
}

/**
 * A value of a Parquet file as plain JSON: bytes as Base64, whole numbers beyond 2^53 as texts of their digits, and null
 * for what is absent or no finite number.
 */
export function plainValue(value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'object':
      if (value === null) return null
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      if (Array.isArray(value)) return value.map(plainValue)
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]))
    default:
      return null
  }
}
