/**
 * JSON by RFC 8785 (JCS): sorted keys, no spaces, so that equal values give equal bytes.
 *
 * It differs from the RFC in one thing: a lone surrogate, which the RFC forbids, is written as its `\u` escape, because
 * a model's answer can hold one and is evidence all the same.
 *
 * @throws {TypeError} for a number that is not finite.
 */
export function canonicalJson(value: unknown): string {
  return write(value) ?? 'null'
}

function write(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} has no JSON form.`)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) {
    let text = '['
    for (let index = 0; index < value.length; index++)
      text += (index === 0 ? '' : ',') + (write(value[index]) ?? 'null')
    return `${text}]`
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return write((value as { toJSON: () => unknown }).toJSON())
  let text = '{'
  // The default order compares UTF-16 code units, which is what the RFC asks for.
  for (const key of Object.keys(value).sort()) {
    const inner = write((value as Record<string, unknown>)[key])
    if (inner !== undefined) text += (text === '{' ? '' : ',') + JSON.stringify(key) + ':' + inner
  }
  return `${text}}`
}
