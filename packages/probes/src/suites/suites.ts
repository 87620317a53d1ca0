import { fileURLToPath } from 'node:url'

/** A starter suite: items for one probe, with references, under the licence of this package. */
export interface Suite {
  /** The type name of its probe. */
  name: string
  /** Its JSONL file. */
  path: string
}

/** The probes that have a starter suite: all of this package. */
const names: readonly string[] = [
  'agent',
  'attack',
  'bias',
  'code_debug',
  'code_explanation',
  'code_generation',
  'constraint_compliance',
  'factuality',
  'instruction_following',
  'jailbreak',
  'judge',
  'logic',
  'multi_step_task',
  'prompt_injection',
]

/**
 * The starter suites, at least 60 items each. They are small on purpose, to see in minutes that a set-up works and where
 * a model is weak; they are public, so a model may have been trained on them: no leaderboard.
 */
export const suites: readonly Suite[] = names.map((name) => ({
  name,
  path: fileURLToPath(new URL(`../../suites/${name}.jsonl`, import.meta.url)),
}))
