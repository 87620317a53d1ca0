import { skipSpace } from '../read/skip-space.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const minus = 0x2d
const point = 0x2e
const zero = 0x30

/** Deeper values are left to the parser. */
const maxDepth = 64

/**
 * Where the JSON value that begins there ends, or -1 where it is none by RFC 8259. It makes nothing of the value, and so
 * is several times as fast as parsing it. Bytes above 0x7f are not looked at: whether they are UTF-8 is another question.
 */
export function endOfJson(buffer: Buffer, start: number, end: number, depth: number = 0): number {
  const first = start < end ? buffer[start] : undefined
  switch (first) {
    case quote:
      return endOfString(buffer, start, end)
    case openBrace:
      return depth === maxDepth ? -1 : endOfObject(buffer, start, end, depth + 1)
    case openBracket:
      return depth === maxDepth ? -1 : endOfArray(buffer, start, end, depth + 1)
    case 0x74:
      return endOfWord(buffer, start, end, 'true')
    case 0x66:
      return endOfWord(buffer, start, end, 'false')
    case 0x6e:
      return endOfWord(buffer, start, end, 'null')
    default:
      return endOfNumber(buffer, start, end)
  }
}

function endOfString(buffer: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const byte = buffer[at]!
    if (byte === quote) return at + 1
    if (byte < 0x20) return -1
    if (byte !== backslash) continue
    at += 1
    const escape = buffer[at]
    if (escape === 0x75) {
      for (let digit = 1; digit <= 4; digit++) if (!isHex(buffer[at + digit])) return -1
      at += 4
    } else if (!isShortEscape(escape)) return -1
  }
  return -1
}

/** `" \ / b f n r t`. */
function isShortEscape(byte: number | undefined): boolean {
  switch (byte) {
    case quote:
    case backslash:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true
    default:
      return false
  }
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (byte >= zero && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
}

function endOfObject(buffer: Buffer, start: number, end: number, depth: number): number {
  let at = skipSpace(buffer, start + 1, end)
  if (buffer[at] === closeBrace) return at + 1
  for (;;) {
    if (buffer[at] !== quote) return -1
    at = endOfString(buffer, at, end)
    if (at === -1) return -1
    at = skipSpace(buffer, at, end)
    if (buffer[at] !== colon) return -1
    at = endOfJson(buffer, skipSpace(buffer, at + 1, end), end, depth)
    if (at === -1) return -1
    at = skipSpace(buffer, at, end)
    if (at >= end) return -1
    if (buffer[at] === closeBrace) return at + 1
    if (buffer[at] !== comma) return -1
    at = skipSpace(buffer, at + 1, end)
  }
}

function endOfArray(buffer: Buffer, start: number, end: number, depth: number): number {
  let at = skipSpace(buffer, start + 1, end)
  if (buffer[at] === closeBracket) return at + 1
  for (;;) {
    at = endOfJson(buffer, at, end, depth)
    if (at === -1) return -1
    at = skipSpace(buffer, at, end)
    if (at >= end) return -1
    if (buffer[at] === closeBracket) return at + 1
    if (buffer[at] !== comma) return -1
    at = skipSpace(buffer, at + 1, end)
  }
}

function endOfWord(buffer: Buffer, start: number, end: number, word: string): number {
  if (start + word.length > end) return -1
  for (let at = 0; at < word.length; at++) if (buffer[start + at] !== word.charCodeAt(at)) return -1
  return start + word.length
}

function endOfNumber(buffer: Buffer, start: number, end: number): number {
  let at = buffer[start] === minus ? start + 1 : start
  const whole = skipDigits(buffer, at, end)
  if (whole === at || (buffer[at] === zero && whole > at + 1)) return -1
  at = whole
  if (at < end && buffer[at] === point) {
    const fraction = skipDigits(buffer, at + 1, end)
    if (fraction === at + 1) return -1
    at = fraction
  }
  if (at < end && (buffer[at] === 0x65 || buffer[at] === 0x45)) {
    const sign = buffer[at + 1] === minus || buffer[at + 1] === 0x2b ? at + 2 : at + 1
    const exponent = skipDigits(buffer, sign, end)
    if (exponent === sign) return -1
    at = exponent
  }
  return at
}

function skipDigits(buffer: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && buffer[at]! >= zero && buffer[at]! <= 0x39) at += 1
  return at
}
