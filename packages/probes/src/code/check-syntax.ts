import { Script } from 'node:vm'
import { codeLanguage } from './code-language.ts'
import { curlyLexis, pythonLexis, scanBrackets } from './scan-brackets.ts'

/**
 * What is wrong with a source as far as can be said without running it, or undefined. JavaScript is parsed by the engine
 * (as a script; `export` is let pass). Python is looked at for brackets, strings, colons and indentation, other languages
 * for brackets and strings: those checks let wrong code pass, but no right code is faulted.
 */
export function syntaxProblem(source: string, language: string): string | undefined {
  const known = codeLanguage(language)
  if (known === 'javascript') return javascriptProblem(source)
  if (known === 'python') return pythonProblem(source)
  return scanBrackets(source, curlyLexis).problem
}

/** A module's exports as plain declarations, so that it runs as a script. */
export function withoutExports(source: string): string {
  return source
    .replaceAll(/^(\s*)export\s+default\s+(?=(?:async\s+)?function\s+\w|class\s+\w)/gmu, '$1')
    .replaceAll(/^(\s*)export\s+(?=(?:async\s+)?function|class|const|let|var)/gmu, '$1')
    .replaceAll(/^\s*export\s*\{[^}]*\}\s*;?\s*$/gmu, '')
}

function javascriptProblem(source: string): string | undefined {
  try {
    void new Script(withoutExports(source), { filename: 'answer.js' })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const block = /^(?:async\s+def|async\s+for|async\s+with|def|class|if|elif|else|for|while|try|except|finally|with)\b/u

function pythonProblem(source: string): string | undefined {
  const { problem, bare } = scanBrackets(source, pythonLexis)
  if (problem !== undefined) return problem
  const lines = logicalLines(bare)
  const indents = [0]
  let opens = false
  for (const { indent, text, number } of lines) {
    if (indent > indents.at(-1)!) {
      if (!opens) return `line ${number} is indented without reason`
      indents.push(indent)
    } else if (opens) return `line ${number} should be indented`
    while (indent < indents.at(-1)!) indents.pop()
    if (indent !== indents.at(-1)!) return `the indentation of line ${number} matches no other`
    opens = text.endsWith(':')
    if (block.test(text) && !text.includes(':')) return `line ${number} lacks a colon`
  }
  return opens ? 'the last block is empty' : undefined
}

interface LogicalLine {
  indent: number
  text: string
  number: number
}

/** Lines joined where a bracket is open or a backslash ends them; empty ones left out. A tab indents to the next eight. */
function logicalLines(bare: string): LogicalLine[] {
  const lines: LogicalLine[] = []
  let depth = 0
  let continued = false
  for (const [index, line] of bare.split('\n').entries()) {
    const text = line.trim()
    const inside = depth > 0 || continued
    for (const letter of text) depth += '([{'.includes(letter) ? 1 : ')]}'.includes(letter) ? -1 : 0
    continued = text.endsWith('\\')
    const last = lines.at(-1)
    if (inside && last !== undefined) last.text += ` ${text}`
    else if (text !== '') lines.push({ indent: indentOf(line), text, number: index + 1 })
  }
  return lines
}

function indentOf(line: string): number {
  let column = 0
  for (const letter of line) {
    if (letter === ' ') column += 1
    else if (letter === '\t') column += 8 - (column % 8)
    else break
  }
  return column
}
