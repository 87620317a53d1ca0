import type { Instruction } from './read-instructions.ts'

/** What came of an item's instructions. */
export interface InstructionResult {
  id: string
  /** By the answer as it is. */
  strict: boolean
  /** By any of IFEval's relaxed readings of it: `relaxedAnswers`. */
  loose: boolean
  found: string
}

/** Checks each instruction, strictly and loosely. An empty answer follows none. */
export function checkInstructions(answer: string, instructions: readonly Instruction[]): InstructionResult[] {
  const readings = relaxedAnswers(answer).filter((text) => text.trim() !== '')
  return instructions.map(({ id, args, rule }) => {
    if (answer.trim() === '') return { id, strict: false, loose: false, found: 'an empty answer' }
    const strict = rule.check(answer, args)
    const loose = strict.followed || readings.some((reading) => rule.check(reading, args).followed)
    return { id, strict: strict.followed, loose, found: strict.found }
  })
}

/**
 * The answer without its first line, its last line, or both ("Sure, here it is:"), each also without asterisks: the
 * eight readings of IFEval's loose accuracy (Zhou et al. 2023, section 2.2).
 */
export function relaxedAnswers(answer: string): string[] {
  const lines = answer.split('\n')
  const cuts = [answer, lines.slice(1).join('\n'), lines.slice(0, -1).join('\n'), lines.slice(1, -1).join('\n')].map(
    (text) => text.trim(),
  )
  return [...cuts, ...cuts.map((text) => text.replaceAll('*', ''))]
}

/** The share of instructions that were followed. */
export function shareFollowed(results: readonly InstructionResult[], mode: 'strict' | 'loose'): number {
  return results.filter((result) => result[mode]).length / results.length
}

/** Which were followed and which not, and what was found, in a sentence. */
export function explainInstructions(results: readonly InstructionResult[]): string {
  const list = (chosen: readonly InstructionResult[]): string =>
    chosen.map(({ id, found }) => `${id} (${found})`).join(', ')
  const broken = results.filter(({ strict }) => !strict)
  if (broken.length === 0) return `Followed: ${list(results)}.`
  return `Not followed, ${broken.length} of ${results.length}: ${list(broken)}.`
}

/** Instructions as lines for a prompt. */
export function stateInstructions(instructions: readonly Instruction[]): string {
  return instructions.map(({ rule, args }) => `\n- ${rule.describe(args)}`).join('')
}
