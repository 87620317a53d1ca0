import { InsideLLMsError } from '@insidellms/core'
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar } from 'yaml'
import { camelCase } from './camel-case.ts'

/** A place in a config: keys in camelCase, and indexes. */
export type ConfigPath = readonly PropertyKey[]

/** A parsed config file that knows where each value stands. */
export interface ConfigText {
  value: unknown
  /** Where the key or the value at a path stands in the text, or its nearest ancestor that is there. */
  offset(path: ConfigPath, part: 'key' | 'value'): number
  /** `file:line:column`. */
  place(offset: number): string
}

/**
 * Reads YAML 1.2, and so JSON too.
 *
 * @throws {InsideLLMsError} `config`, with file, line and column.
 */
export function parseConfigText(text: string, file: string): ConfigText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined)
    throw new InsideLLMsError('config', `${place(problem.pos[0])}: ${problem.message.replace(/[.\s]*$/, '.')}`)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 1000 })
  } catch (error) {
    throw new InsideLLMsError(
      'config',
      `${file}: its aliases (*name) cannot be followed: ${(error as Error).message}.`,
      { cause: error },
    )
  }
  return {
    value,
    offset: (path, part) => offsetOf(document.contents, path, part),
    place,
  }
}

function offsetOf(root: Node | null, path: ConfigPath, part: 'key' | 'value'): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const [depth, segment] of path.entries()) {
    let found: unknown
    if (isSeq(node)) found = node.items[segment as number]
    else if (isMap(node)) {
      const keyed = node.items.filter(({ key }) => isScalar(key))
      const nameOf = ({ key }: (typeof keyed)[number]): string => String((key as Scalar).value)
      const pair =
        keyed.find((one) => nameOf(one) === segment) ?? keyed.find((one) => camelCase(nameOf(one)) === segment)
      const last = depth === path.length - 1
      found = pair?.value ?? pair?.key
      if (last && part === 'key') found = pair?.key
    }
    if (found === undefined || isPair(found)) break
    node = found
    offset = (found as Node).range?.[0] ?? offset
  }
  return offset
}
