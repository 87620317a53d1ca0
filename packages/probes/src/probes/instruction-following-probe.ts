import type { DatasetItem, Probe, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import { scoreAnswer } from '../answers/score-answer.ts'
import { stripReasoning } from '../answers/strip-reasoning.ts'
import {
  checkInstructions,
  explainInstructions,
  shareFollowed,
  stateInstructions,
} from '../instructions/check-instructions.ts'
import { readConstraints } from '../instructions/read-constraints.ts'
import { type Instruction, readInstructions } from '../instructions/read-instructions.ts'
import { firstField, isObject, promptFieldsAfter, referenceFields } from '../items/item-fields.ts'
import { describe, type ItemPrompt, readPrompt } from '../items/read-prompt.ts'
import { type Question, readQuestion } from '../items/read-question.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { fillPrompt } from './prompt-template.ts'
import { sumUsage } from './sum-usage.ts'

const promptNames = promptFieldsAfter('task', 'instruction', 'prompt')

/**
 * Verifiable instructions, checked by exact rules: IFEval (Zhou et al. 2023, arXiv:2311.07911), whose own items
 * (`instruction_id_list` and `kwargs`) can be used as they are. The item's text must state its `instructions`; its
 * `constraints`, the form of the Python original, are stated by the probe. A reference counts as one more instruction:
 * the answer must claim it.
 *
 * `prompt_strict` is 1 when all are followed, `instruction_strict` the share that is; `prompt_loose` and
 * `instruction_loose` forgive an opening line, a closing line and asterisks. `strictMode: false` makes
 * `instruction_strict` the primary metric.
 */
export function createInstructionFollowingProbe(settings: Settings = {}): Probe {
  checkSettings('instruction_following', settings, ['strictMode'])
  const { strictMode = true } = settings
  if (typeof strictMode !== 'boolean')
    throw new InsideLLMsError('config', 'instruction_following: strictMode must be true or false.')
  return defineProbe({
    name: 'instruction_following',
    version: '1',
    primaryMetric: strictMode ? 'prompt_strict' : 'instruction_strict',
    parse,
    async run(model, { prompt, instructions, stated, question }) {
      const addition = stated.length === 0 ? '' : `\n${stateInstructions(stated)}`
      const response = await model.respond(fillPrompt('{task}', prompt, addition))
      const answer = stripReasoning(response.text)
      const results = checkInstructions(answer, [...instructions, ...stated])
      if (question !== undefined) {
        const { score, reason } = scoreAnswer(answer, question)
        results.push({ id: 'reference', strict: score === 1, loose: score === 1, found: reason.replace(/\.$/u, '') })
      }
      const [strict, loose] = [shareFollowed(results, 'strict'), shareFollowed(results, 'loose')]
      return {
        output: response.text,
        scores: {
          prompt_strict: strict === 1 ? 1 : 0,
          instruction_strict: strict,
          prompt_loose: loose === 1 ? 1 : 0,
          instruction_loose: loose,
        },
        explanation: explainInstructions(results) + finishNote(response),
        ...sumUsage([response.usage]),
        custom: { instructions: results.map(({ id, strict, loose }) => ({ id, strict, loose })) },
      }
    },
  })
}

interface InstructionItem {
  prompt: ItemPrompt
  /** Stated by the item's own text. */
  instructions: Instruction[]
  /** Stated by the probe. */
  stated: Instruction[]
  question?: Question
}

function parse(item: DatasetItem): InstructionItem | string {
  if (!isObject(item)) return `The item must be an object with a task and its instructions; it is ${describe(item)}.`
  const prompt = readPrompt(item, promptNames)
  if (typeof prompt === 'string') return prompt
  const instructions = readInstructions(item)
  if (typeof instructions === 'string') return instructions
  const stated = readConstraints(item)
  if (typeof stated === 'string') return stated
  if ('messages' in prompt && stated.length > 0)
    return '"constraints" cannot be added to "messages": state them there, and list them under "instructions".'
  const question = firstField(item, referenceFields) === undefined ? undefined : readQuestion(item)
  if (typeof question === 'string') return question
  if (instructions.length + stated.length === 0 && question === undefined)
    return 'The item has nothing to verify: add "instructions", "constraints" or "reference_answer".'
  return { prompt, instructions, stated, ...(question !== undefined && { question }) }
}
