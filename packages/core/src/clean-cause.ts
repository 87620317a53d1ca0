import { redactText, secretForms } from './redact-text.ts'

/** The cause itself where no secret can be reached from it; else a copy of its name, message, stack, code and status. */
export function cleanCause(cause: unknown, secrets: readonly string[], depth: number = 0): unknown {
  if (cause === undefined || !holdsSecret(cause, secretForms(secrets))) return cause
  if (typeof cause === 'string') return redactText(cause, secrets)
  if (!(cause instanceof Error)) return new Error('An object that held a secret was thrown; it is left out.')
  const copy = new Error(redactText(cause.message, secrets))
  copy.name = redactText(cause.name, secrets)
  if (typeof cause.stack === 'string') copy.stack = redactText(cause.stack, secrets)
  const { code, status } = cause as { code?: unknown; status?: unknown }
  if (typeof code === 'string') Object.assign(copy, { code: redactText(code, secrets) })
  if (typeof status === 'number') Object.assign(copy, { status })
  if (cause.cause !== undefined && depth < 5)
    Object.defineProperty(copy, 'cause', { value: cleanCause(cause.cause, secrets, depth + 1), configurable: true })
  return copy
}

/** An error with more objects behind it than this is taken to hold a secret: it would take too long to be sure. */
const mostObjects = 2000

/** Looks at all that `util.inspect`, `JSON.stringify` or a logger could show. */
function holdsSecret(root: unknown, forms: readonly string[]): boolean {
  if (forms.length === 0) return false
  const includesOne = (text: string): boolean => forms.some((form) => text.includes(form))
  const seen = new Set<object>()
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') {
      if (includesOne(value)) return true
    } else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      if (seen.size >= mostObjects) return true
      seen.add(value)
      for (const inner of contents(value)) waiting.push(inner)
    }
  }
  return false
}

function contents(value: object): unknown[] {
  if (value instanceof Uint8Array) return value.length > 100_000 ? [] : [new TextDecoder().decode(value)]
  const inner: unknown[] = []
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key)
    inner.push(typeof key === 'string' ? key : key.description, property?.value)
  }
  // These keep what they hold outside their own properties; the stack is an accessor in newer engines.
  if (value instanceof Error) inner.push(value.name, value.message, value.stack)
  else if (value instanceof Headers || value instanceof URLSearchParams || value instanceof Map) inner.push(...value)
  else if (value instanceof Set) inner.push(...value)
  else if (value instanceof URL) inner.push(value.href)
  else if (value instanceof Request || value instanceof Response) inner.push(value.url, value.headers)
  return inner
}
