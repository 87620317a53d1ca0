import { stripReasoning } from '../answers/strip-reasoning.ts'
import { codeLanguage } from './code-language.ts'

export interface ExtractedCode {
  code: string
  /** Where it was found, for the explanation. */
  how: string
}

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
  const all = fencedBlocks(text)
  const isWanted = ({ tag, code }: FencedBlock): boolean =>
    code.trim() !== '' && (tag === '' || (codeLanguage(tag) ?? tag.toLowerCase()) === wanted)
  const blocks = all.filter((block) => block.closed && isWanted(block))
  const defining = entryPoint === undefined ? [] : blocks.filter(({ code }) => code.includes(entryPoint))
  const chosen = (defining.length > 0 ? defining : blocks).at(prefer === 'first' ? 0 : -1)
  if (chosen !== undefined) return { code: chosen.code.trimEnd(), how: `the ${prefer} code block` }
  const last = all.at(-1)
  if (last?.closed === false && isWanted(last))
    return { code: last.code.trimEnd(), how: 'a code block that is not closed' }
  if (all.length > 0) return undefined
  return looksLikeCode(text) ? { code: text, how: 'the whole answer' } : undefined
}

interface FencedBlock {
  tag: string
  code: string
  closed: boolean
}

/** Fenced code blocks, line by line as CommonMark reads them. */
function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = []
  let open: { fence: string; tag: string; lines: string[] } | undefined
  for (const line of text.split('\n')) {
    const bare = line.trim()
    if (open === undefined) {
      const [, fence, tag] = /^(`{3,20}|~{3,20})\s*([\w+#.-]*)[^`]*$/u.exec(bare.slice(0, 200)) ?? []
      if (fence !== undefined) open = { fence, tag: tag!, lines: [] }
    } else if (bare.startsWith(open.fence) && bare.replaceAll(open.fence[0]!, '') === '') {
      blocks.push({ tag: open.tag, code: open.lines.join('\n'), closed: true })
      open = undefined
    } else open.lines.push(line)
  }
  if (open !== undefined) blocks.push({ tag: open.tag, code: open.lines.join('\n'), closed: false })
  return blocks
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
