import { stripReasoning } from '../answers/strip-reasoning.ts'
import { codeLanguage } from './code-language.ts'

export interface ExtractedCode {
  code: string
  /** Where it was found, for the explanation. */
  how: string
}

const fence = /^[^\S\n]*(`{3,}|~{3,})[^\S\n]*([\w+#.-]*)[^\n]*\n([\s\S]*?)^[^\S\n]*\1[^\S\n]*$/gmu
const openFence = /^[^\S\n]*(?:`{3,}|~{3,})[^\S\n]*[\w+#.-]*[^\n]*\n([\s\S]*)$/mu

/**
 * The code of an answer: of its fenced blocks the first (or the last, where a fix is asked for) that defines
 * `entryPoint`, is of the language or untagged. Without a fence the whole answer, when it looks like code; a fence that
 * never closes (a cut answer) reaches to the end.
 */
export function extractCode(
  answer: string,
  language: string,
  { entryPoint, prefer = 'first' }: { entryPoint?: string; prefer?: 'first' | 'last' } = {},
): ExtractedCode | undefined {
  const text = stripReasoning(answer)
  const wanted = codeLanguage(language) ?? language.toLowerCase()
  const all = [...text.matchAll(fence)].map(([, , tag, code]) => ({ tag: tag!, code: code! }))
  const blocks = all.filter(
    ({ tag, code }) => code.trim() !== '' && (tag === '' || (codeLanguage(tag) ?? tag.toLowerCase()) === wanted),
  )
  const defining = entryPoint === undefined ? [] : blocks.filter(({ code }) => code.includes(entryPoint))
  const chosen = (defining.length > 0 ? defining : blocks).at(prefer === 'first' ? 0 : -1)
  if (chosen !== undefined) return { code: chosen.code.trimEnd(), how: `the ${prefer} code block` }
  if (all.length > 0) return undefined
  const cut = openFence.exec(text)?.[1]
  if (cut !== undefined && cut.trim() !== '') return { code: cut.trimEnd(), how: 'a code block that is not closed' }
  return looksLikeCode(text) ? { code: text, how: 'the whole answer' } : undefined
}

const codeLine =
  /^\s*(?:(?:async\s+)?(?:def|function|class|import|from|export|const|let|var|return|if|for|while|try|with|else|elif|except|finally|switch|case|print|raise|throw|await|yield|assert|pass|break|continue)\b|[@#}\])]|\/\/|[\w.[\]]+\s*[-+*/]?=[^=]|[\w.]+\(.*\)[;,]?\s*$|["']{3}|.*[{};:]\s*$)/u

/** Most of its lines do, and the first one. */
function looksLikeCode(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0 || !codeLine.test(lines[0]!)) return false
  // Lines further in are bodies, which can be anything.
  const outer = lines.filter((line) => !/^\s/u.test(line))
  return outer.filter((line) => codeLine.test(line)).length >= outer.length * 0.8
}
