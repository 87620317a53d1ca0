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
