import { didYouMean } from '@insidellms/core'
import type { $ZodIssue } from 'zod/v4/core'
import { snakeCase } from './camel-case.ts'
import type { ConfigProblem } from './normalise-config.ts'
import { showPath } from './show-path.ts'

/** Makes sentences of what zod found, without the final stop. `known` gives the keys that may stand at a path. */
export function explainIssue(
  issue: $ZodIssue,
  root: unknown,
  known: (path: readonly PropertyKey[]) => string[],
  prefix: readonly PropertyKey[] = [],
): ConfigProblem[] {
  const path = [...prefix, ...issue.path]
  const value = valueAt(root, path)
  const where = showPath(path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, known(path)))
  if (issue.code === 'invalid_union') {
    const branch = fittingBranch(issue.errors, value)
    if (branch !== undefined) return branch.flatMap((inner) => explainIssue(inner, root, known, path))
  }
  if (value === undefined && path.length > 0)
    return [{ path: path.slice(0, -1), part: 'value', message: `${where} is missing` }]
  return [{ path, part: 'value', message: `${where} must be ${expectation(issue)}; it is ${describe(value)}` }]
}

function unknownKey(key: string, path: readonly PropertyKey[], known: string[]): ConfigProblem {
  const near = didYouMean(key, known)
  const spelled = near !== undefined && key.includes('_') ? snakeCase(near) : near
  const place = path.length === 0 ? '' : ` in ${showPath(path)}`
  const advice = spelled === undefined ? `Known here: ${known.join(', ')}` : `Did you mean "${spelled}"?`
  return { path: [...path, key], part: 'key', message: `Unknown key "${key}"${place}. ${advice}` }
}

/** The branch of a union that was meant: the one whose complaints lie deepest, not about the kind of the value itself. */
function fittingBranch(branches: readonly $ZodIssue[][], value: unknown): readonly $ZodIssue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return branches.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0))
}

function expectation(issue: $ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array')
        return issue.origin === 'string' ? 'a text that is not empty' : 'a list that is not empty'
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
    case 'invalid_format':
      return issue.message
    case 'invalid_union':
      return unionExpectation(issue)
    default:
      return `valid (${issue.message})`
  }
}

function unionExpectation(issue: Extract<$ZodIssue, { code: 'invalid_union' }>): string {
  if ('options' in issue && Array.isArray(issue.options)) return `one of ${issue.options.join(', ')}`
  const expectations = issue.errors.flatMap((branch) =>
    branch.filter(({ path }) => path.length === 0).map((inner) => expectation(inner)),
  )
  return [...new Set(expectations)].join(', or ')
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
}

function describe(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 60))}`
  return `${typeof value === 'number' ? 'the number ' : ''}${String(value)}`
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const segment of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[segment]
  return value
}
