/** A number as it stands in the text: `1`, `1.0` and `1e0` are three, and no digit is lost. */
export class ExactNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The nearest double. */
  get value(): number {
    return this.text === '-Infinity' || this.text === 'Infinity' || this.text === 'NaN'
      ? Number(this.text)
      : Number.parseFloat(this.text)
  }
}

/** JSON with nothing lost: objects are maps, so `__proto__` is a key like any other and keys such as `1` keep their place. */
export type ExactValue = string | boolean | null | ExactNumber | ExactValue[] | ExactObject

export type ExactObject = Map<string, ExactValue>

/** Deeper nesting is refused: it is hostile, and would overflow the stack. */
const maxDepth = 1000
/** Escapes, and control characters, which JSON forbids in strings. */
// oxlint-disable-next-line no-control-regex -- JSON forbids them
const needsDecoding = /[\\\u0000-\u001f]/
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity/y

/**
 * Parses JSON as the Python original reads it: `NaN` and `Infinity` are numbers, of two equal keys the last one counts.
 *
 * @throws {SyntaxError} with the position.
 */
export function parseExact(text: string): ExactValue {
  return new Parser(text).document()
}

/** One text for equal values: keys by code point, strings escaped one way, numbers as they stand. */
export function exactText(value: ExactValue): string {
  if (value instanceof ExactNumber) return value.text
  if (Array.isArray(value)) return `[${value.map(exactText).join(',')}]`
  if (value instanceof Map)
    return `{${[...value.keys()]
      .sort(byCodePoint)
      .map((key) => `${JSON.stringify(key)}:${exactText(value.get(key)!)}`)
      .join(',')}}`
  return JSON.stringify(value)
}

/** The value in plain JavaScript. Numbers become doubles, objects have no prototype. */
export function plainValue(value: ExactValue): unknown {
  if (value instanceof ExactNumber) return value.value
  if (Array.isArray(value)) return value.map(plainValue)
  if (!(value instanceof Map)) return value
  const object = Object.create(null) as Record<string, unknown>
  for (const [key, inner] of value) object[key] = plainValue(inner)
  return object
}

/** UTF-16 order puts U+FF5E after an emoji; Python, and so its artifacts, sorts by code point. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return isSurrogate(left) === isSurrogate(right) ? left - right : isSurrogate(left) ? 1 : -1
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): ExactValue {
    const value = this.#value(0)
    this.#space()
    return this.#at === this.#text.length ? value : this.#fail()
  }

  #value(depth: number): ExactValue {
    if (depth > maxDepth) throw new SyntaxError(`JSON nested deeper than ${maxDepth} levels`)
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(depth: number): ExactObject {
    const object: ExactObject = new Map()
    this.#at += 1
    this.#space()
    if (this.#take('}')) return object
    for (;;) {
      this.#space()
      if (this.#text[this.#at] !== '"') this.#fail()
      const key = this.#string()
      this.#space()
      if (!this.#take(':')) this.#fail()
      object.set(key, this.#value(depth + 1))
      this.#space()
      if (this.#take('}')) return object
      if (!this.#take(',')) this.#fail()
    }
  }

  #array(depth: number): ExactValue[] {
    const array: ExactValue[] = []
    this.#at += 1
    this.#space()
    if (this.#take(']')) return array
    for (;;) {
      array.push(this.#value(depth + 1))
      this.#space()
      if (this.#take(']')) return array
      if (!this.#take(',')) this.#fail()
    }
  }

  #string(): string {
    let end = this.#at
    do {
      end = this.#text.indexOf('"', end + 1)
      if (end === -1) this.#fail()
    } while (this.#isEscaped(end))
    const quoted = this.#text.slice(this.#at, end + 1)
    this.#at = end + 1
    return needsDecoding.test(quoted) ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
  }

  #isEscaped(quote: number): boolean {
    let at = quote - 1
    while (this.#text[at] === '\\') at -= 1
    return (quote - at) % 2 === 0
  }

  #number(): ExactNumber {
    numberPattern.lastIndex = this.#at
    const match = numberPattern.exec(this.#text)
    if (match === null) return this.#fail()
    this.#at = numberPattern.lastIndex
    return new ExactNumber(match[0])
  }

  #word<T extends boolean | null>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) return this.#fail()
    this.#at += word.length
    return value
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #fail(): never {
    throw new SyntaxError(`invalid JSON at character ${this.#at + 1}`)
  }
}
