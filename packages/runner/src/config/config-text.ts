import { InsideLLMsError } from '@insidellms/core'
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { camelCase } from './camel-case.ts'

/** A place in a config: keys in camelCase, and indexes. */
export type ConfigPath = readonly PropertyKey[]

/** A parsed config file that knows where each value stands. */
export interface ConfigText {
  value: unknown
  /** `file:line:column` of the value at a path, or of its nearest ancestor that is there. */
  locate(path: ConfigPath, part?: 'key' | 'value'): string
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
  if (problem !== undefined) throw new InsideLLMsError('config', `${place(problem.pos[0])}: ${problem.message}`)
  return {
    value: document.toJS({ maxAliasCount: 1000 }),
    locate: (path, part = 'value') => place(offsetOf(document.contents, path, part)),
  }
}

function offsetOf(root: Node | null, path: ConfigPath, part: 'key' | 'value'): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const [depth, segment] of path.entries()) {
    let found: unknown
    if (isSeq(node)) found = node.items[segment as number]
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && matches(String(key.value), segment))
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

function matches(key: string, segment: PropertyKey): boolean {
  return key === segment || camelCase(key) === segment
}
