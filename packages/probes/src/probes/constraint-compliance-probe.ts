import type { DatasetItem, Probe, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import { stripReasoning } from '../answers/strip-reasoning.ts'
import {
  checkInstructions,
  explainInstructions,
  shareFollowed,
  stateInstructions,
} from '../instructions/check-instructions.ts'
import { readConstraints } from '../instructions/read-constraints.ts'
import { type Instruction, makeInstruction, readInstructions } from '../instructions/read-instructions.ts'
import { isObject, promptFieldsAfter } from '../items/item-fields.ts'
import { describe, type ItemPrompt, readPrompt } from '../items/read-prompt.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { fillPrompt } from './prompt-template.ts'
import { sumUsage } from './sum-usage.ts'

const limits = {
  word_limit: (limit: number) => makeInstruction('length_constraints:words', { max: limit }),
  character_limit: (limit: number) => makeInstruction('length_constraints:characters', { max: limit }),
  sentence_limit: (limit: number) =>
    makeInstruction('length_constraints:number_sentences', { num_sentences: limit, relation: 'at most' }),
} as const

/**
 * One constraint on every answer (`constraintType` and `limit`), or each item's own `constraints` or `instructions`, or
 * both. The probe states them in the prompt, but for `instructions`, which the item's own text states. No reference is
 * needed, so an item may be a text where the probe has a limit.
 *
 * `compliant` is 1 when all are kept, `compliance` the share that is.
 */
export function createConstraintComplianceProbe(settings: Settings = {}): Probe {
  checkSettings('constraint_compliance', settings, ['constraintType', 'limit'])
  const always = readLimit(settings)
  return defineProbe({
    name: 'constraint_compliance',
    version: '1',
    primaryMetric: 'compliant',
    parse: (item) => parse(item, always),
    async run(model, { prompt, stated, instructions }) {
      const addition = stated.length === 0 ? '' : `\n${stateInstructions(stated)}`
      const response = await model.respond(fillPrompt('{task}', prompt, addition))
      const results = checkInstructions(stripReasoning(response.text), [...stated, ...instructions])
      const share = shareFollowed(results, 'strict')
      return {
        output: response.text,
        scores: { compliant: share === 1 ? 1 : 0, compliance: share },
        explanation: explainInstructions(results) + finishNote(response),
        ...sumUsage([response.usage]),
        custom: { constraints: results.map(({ id, strict, found }) => ({ id, kept: strict, found })) },
      }
    },
  })
}

function readLimit({ constraintType, limit }: Settings): Instruction[] {
  if (limit === undefined) {
    if (constraintType === undefined) return []
    throw new InsideLLMsError('config', 'constraint_compliance: constraintType needs a limit.')
  }
  const type = constraintType ?? 'word_limit'
  if (typeof type !== 'string' || !Object.hasOwn(limits, type))
    throw new InsideLLMsError(
      'config',
      `constraint_compliance: constraintType must be one of ${Object.keys(limits).join(', ')}.`,
    )
  const instruction =
    Number.isSafeInteger(limit) && Number(limit) > 0 && limits[type as keyof typeof limits](Number(limit))
  if (typeof instruction !== 'object')
    throw new InsideLLMsError('config', 'constraint_compliance: limit must be a whole number above 0.')
  return [instruction]
}

interface ConstrainedTask {
  prompt: ItemPrompt
  stated: Instruction[]
  instructions: Instruction[]
}

function parse(item: DatasetItem, always: readonly Instruction[]): ConstrainedTask | string {
  const task = typeof item === 'string' ? { task: item } : item
  if (!isObject(task)) return `The item must be an object with a task, or a text; it is ${describe(item)}.`
  const prompt = readPrompt(task, promptFieldsAfter('task', 'instruction', 'prompt'))
  if (typeof prompt === 'string') return prompt
  const constraints = readConstraints(task)
  if (typeof constraints === 'string') return constraints
  const instructions = readInstructions(task)
  if (typeof instructions === 'string') return instructions
  const stated = [...always, ...constraints]
  if ('messages' in prompt && stated.length > 0)
    return 'A constraint cannot be added to "messages": state it there, and list it under "instructions".'
  if (stated.length + instructions.length === 0)
    return 'The item has no "constraints" or "instructions", and the probe no limit: set constraintType and limit.'
  return { prompt, stated, instructions }
}
