/** Says what is wrong with a value, or undefined when nothing is. */
export type Check = (value: unknown, path: string) => ShapeProblem | undefined

export interface ShapeProblem {
  /** Such as `model.model_id`; empty for the whole. */
  path: string
  message: string
}

interface Shape {
  fields: ReadonlyMap<string, Check>
  required: readonly string[]
}

export const anything: Check = () => undefined
export const text: Check = (value, path) => (typeof value === 'string' ? undefined : wrong(path, 'text', value))
export const number: Check = (value, path) => (typeof value === 'number' ? undefined : wrong(path, 'a number', value))
export const boolean: Check = (value, path) =>
  typeof value === 'boolean' ? undefined : wrong(path, 'true or false', value)
export const count: Check = (value, path) =>
  Number.isInteger(value) && (value as number) >= 0 ? undefined : wrong(path, 'a whole number from 0', value)
export const anyObject: Check = (value, path) => (isObject(value) ? undefined : wrong(path, 'an object', value))

const dateTimePattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/i

/** RFC 3339: with an offset, for a time without one is nobody's time. */
export const dateTime: Check = (value, path) =>
  typeof value === 'string' && dateTimePattern.test(value) && !Number.isNaN(Date.parse(value.slice(0, 19) + 'Z'))
    ? undefined
    : wrong(path, 'a date and time with offset, such as 2026-01-31T12:00:00+00:00', value)

export function nullable(check: Check): Check {
  return (value, path) => (value === null ? undefined : check(value, path))
}

export function oneOf(...values: readonly string[]): Check {
  return (value, path) =>
    values.includes(value as string) ? undefined : wrong(path, `one of ${values.join(', ')}`, value)
}

export function listOf(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return wrong(path, 'a list', value)
    for (const [index, inner] of value.entries()) {
      const problem = check(inner, `${path}[${index}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

/** An object with these fields and no others. A field whose name ends in `!` is required. */
export function strictObject(fields: Record<string, Check>): Check {
  const shape: Shape = {
    fields: new Map(Object.entries(fields).map(([name, check]) => [name.replace('!', ''), check])),
    required: Object.keys(fields)
      .filter((name) => name.endsWith('!'))
      .map((name) => name.slice(0, -1)),
  }
  return (value, path) => {
    if (!isObject(value)) return wrong(path, 'an object', value)
    return checkFields(value, path, shape)
  }
}

function checkFields(value: Record<string, unknown>, path: string, shape: Shape): ShapeProblem | undefined {
  for (const name of Object.keys(value)) {
    const check = shape.fields.get(name)
    if (check === undefined)
      return { path: join(path, name), message: 'no such field in the schema; ours go under custom' }
    const problem = check(value[name], path === '' ? name : join(path, name))
    if (problem !== undefined) return problem
  }
  for (const name of shape.required)
    if (!Object.hasOwn(value, name)) return { path: join(path, name), message: 'required, but missing' }
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function wrong(path: string, wanted: string, value: unknown): ShapeProblem {
  const shown = JSON.stringify(value) ?? 'nothing'
  return { path, message: `must be ${wanted}, but is ${shown.length > 60 ? `${shown.slice(0, 57)}...` : shown}` }
}
