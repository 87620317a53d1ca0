/** Says what is wrong with a value, or undefined when nothing is. */
export type Check = (value: unknown) => ShapeProblem | undefined

export interface ShapeProblem {
  /** Where, from the value that was checked down, such as `model.model_id`; empty for the value itself. */
  path: string
  message: string
}

export const anything: Check = () => undefined
export const text: Check = (value) => (typeof value === 'string' ? undefined : wrong('text', value))
export const number: Check = (value) => (typeof value === 'number' ? undefined : wrong('a number', value))
export const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : wrong('true or false', value))
export const count: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 0 ? undefined : wrong('a whole number from 0', value)
export const anyObject: Check = (value) => (isObject(value) ? undefined : wrong('an object', value))

const dateTimePattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/i

/** Of the latest good one: the times of a run share their seconds by the thousand. */
let goodSecond = ''

/** RFC 3339: with an offset, for a time without one is nobody's time. */
export const dateTime: Check = (value) => {
  if (typeof value === 'string' && dateTimePattern.test(value)) {
    const second = value.slice(0, 19)
    if (second === goodSecond) return undefined
    if (!Number.isNaN(Date.parse(`${second}Z`))) {
      goodSecond = second
      return undefined
    }
  }
  return wrong('a date and time with offset, such as 2026-01-31T12:00:00+00:00', value)
}

export function nullable(check: Check): Check {
  return (value) => (value === null ? undefined : check(value))
}

export function oneOf(...values: readonly string[]): Check {
  return (value) => (values.includes(value as string) ? undefined : wrong(`one of ${values.join(', ')}`, value))
}

export function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return wrong('a list', value)
    for (const [index, inner] of value.entries()) {
      const problem = check(inner)
      if (problem !== undefined) return below(`[${index}]`, problem)
    }
    return undefined
  }
}

/** An object with these fields and no others. A field whose name ends in `!` is required. */
export function strictObject(fields: Record<string, Check>): Check {
  const checks = new Map(Object.entries(fields).map(([name, check]) => [name.replace('!', ''), check]))
  const required = Object.keys(fields)
    .filter((name) => name.endsWith('!'))
    .map((name) => name.slice(0, -1))
  return (value) => {
    if (!isObject(value)) return wrong('an object', value)
    for (const name of Object.keys(value)) {
      const check = checks.get(name)
      if (check === undefined) return { path: name, message: 'no such field in the schema; ours go under custom' }
      const problem = check(value[name])
      if (problem !== undefined) return below(name, problem)
    }
    for (const name of required)
      if (!Object.hasOwn(value, name)) return { path: name, message: 'required, but missing' }
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function below(name: string, { path, message }: ShapeProblem): ShapeProblem {
  return { path: path === '' || path.startsWith('[') ? `${name}${path}` : `${name}.${path}`, message }
}

function wrong(wanted: string, value: unknown): ShapeProblem {
  const shown = JSON.stringify(value) ?? 'nothing'
  return { path: '', message: `must be ${wanted}, but is ${shown.length > 60 ? `${shown.slice(0, 57)}...` : shown}` }
}

/**
 * Whether one time, in the form that `dateTime` accepts, is not after another. The texts first: a Date knows no
 * microseconds, and making two costs more than the rest of a record's check.
 */
export function inOrder(from: string, to: string): boolean {
  if (from.slice(0, 19) !== to.slice(0, 19) || !from.endsWith('+00:00') || !to.endsWith('+00:00'))
    return Date.parse(from) <= Date.parse(to)
  return from.slice(19) <= to.slice(19) || fraction(from) <= fraction(to)
}

function fraction(time: string): string {
  return time.slice(20, -'+00:00'.length).padEnd(9, '0')
}
