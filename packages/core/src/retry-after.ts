/**
 * Reads `retry-after-ms` (milliseconds, an extension of several vendors) or `retry-after` (seconds or an HTTP date,
 * RFC 9110 section 10.2.3). Undefined when neither is there or readable.
 */
export function parseRetryAfter(
  header: (name: string) => string | null | undefined,
  now: number = Date.now(),
): number | undefined {
  const milliseconds = header('retry-after-ms')
  if (milliseconds && /^\d+(\.\d+)?$/.test(milliseconds.trim())) return Number(milliseconds)
  const value = header('retry-after')?.trim()
  if (!value) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000
  // Date.parse takes almost anything for a date; one in HTTP begins with the day's name and is in GMT.
  if (!/^[a-z]{3}/i.test(value)) return undefined
  const date = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
