import type { DatasetItem, JsonObject, JsonValue, Probe, Settings } from '@insidellms/core'
import { checkSettings } from '@insidellms/core/driver'
import { scoreAnswer } from '../answers/score-answer.ts'
import { splitSteps } from '../answers/split-steps.ts'
import { stripReasoning } from '../answers/strip-reasoning.ts'
import { checkInstructions } from '../instructions/check-instructions.ts'
import { type Instruction, readInstructions } from '../instructions/read-instructions.ts'
import { firstField, isObject, parseStructured, readTexts, referenceFields } from '../items/item-fields.ts'
import { describe } from '../items/read-prompt.ts'
import { type Question, readQuestion } from '../items/read-question.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { sumUsage } from './sum-usage.ts'

/**
 * Several steps in one prompt, each building on the one before. The probe asks for a heading per step ("Step 1:"), finds
 * each step's part of the answer, and checks it against what the item expects of it: a text, a number, yes or no, or
 * `instructions`. `expected: { step_1: ... }` or steps as objects with `expected` both work.
 *
 * `completed` is 1 when every check passes and the steps come in order; `steps_done` is the share of checks that pass,
 * `addressed` the share of steps that have a part of the answer.
 */
export function createMultiStepTaskProbe(settings: Settings = {}): Probe {
  checkSettings('multi_step_task', settings, [])
  return defineProbe({
    name: 'multi_step_task',
    version: '1',
    primaryMetric: 'completed',
    parse,
    async run(model, { preamble, steps, final }) {
      const response = await model.respond(promptOf(preamble, steps))
      const answer = stripReasoning(response.text)
      const { parts, inOrder } = splitSteps(answer, steps.length)
      const checks = steps.flatMap((step, index) => checkStep(step, index, parts[index]))
      if (final !== undefined) {
        const { score, reason } = scoreAnswer(parts.at(-1) ?? answer, final)
        checks.push({ passed: score === 1, found: `the result: ${reason}` })
      }
      const passed = checks.filter((check) => check.passed).length
      const failed = checks.filter((check) => !check.passed).map(({ found }) => found)
      return {
        output: response.text,
        scores: {
          completed: failed.length === 0 && inOrder ? 1 : 0,
          steps_done: passed / checks.length,
          addressed: parts.filter((part) => part !== undefined).length / steps.length,
        },
        explanation: `${passed} of ${checks.length} checks passed${inOrder ? '' : '; the steps are missing or out of order'}${
          failed.length === 0 ? '.' : `. Not: ${failed.join('; ')}`
        }${finishNote(response)}`,
        ...sumUsage([response.usage]),
      }
    },
  })
}

interface Step {
  text: string
  /** What its part of the answer must say, each of them. */
  questions: Question[]
  instructions: Instruction[]
}

interface MultiStepTask {
  preamble: string
  steps: Step[]
  /** What the last step, or the whole, must come to. */
  final?: Question
}

interface StepCheck {
  passed: boolean
  found: string
}

function promptOf(preamble: string, steps: readonly Step[]): string {
  const list = steps.map(({ text }, index) => `Step ${index + 1}: ${text}`).join('\n')
  return `${preamble === '' ? '' : `${preamble}\n\n`}Do these steps in order. Begin the answer to each with its heading on a line of its own, such as "Step 1:".\n\n${list}`
}

function checkStep({ questions, instructions }: Step, index: number, part: string | undefined): StepCheck[] {
  const name = `step ${index + 1}`
  if (part === undefined)
    return [...questions, ...instructions].map(() => ({ passed: false, found: `${name} has no part of the answer` }))
  return [
    ...questions.map((question) => {
      const { score, reason } = scoreAnswer(part, question)
      return { passed: score === 1, found: `${name}: ${reason}` }
    }),
    ...checkInstructions(part, instructions).map(({ id, strict, found }) => ({
      passed: strict,
      found: `${name}: ${id} (${found})`,
    })),
  ]
}

function parse(item: DatasetItem): MultiStepTask | string {
  if (!isObject(item)) return `The item must be an object with "steps"; it is ${describe(item)}.`
  const given = parseStructured(item['steps'] ?? null)
  if (!Array.isArray(given) || given.length === 0)
    return `"steps" must be a list of at least one step; it is ${describe(item['steps'])}.`
  const byName = parseStructured(item['expected'] ?? null)
  const steps: Step[] = []
  for (const [index, entry] of given.entries()) {
    const expected = isObject(byName) ? byName[`step_${index + 1}`] : undefined
    const step = readStep(entry, expected, index)
    if (typeof step === 'string') return step
    steps.push(step)
  }
  const preamble = item['preamble'] ?? ''
  if (typeof preamble !== 'string') return '"preamble" must be a text.'
  const final = readFinal(item, isObject(byName))
  if (typeof final === 'string') return final
  if (final === undefined && !steps.some(({ questions, instructions }) => questions.length + instructions.length > 0))
    return 'The item says nothing of what the steps must come to: add "expected" to a step, or "reference_answer".'
  return { preamble, steps, ...(final !== undefined && { final }) }
}

function readFinal(item: JsonObject, stepwise: boolean): Question | string | undefined {
  const { expected: _expected, ...rest } = item
  const fields = stepwise ? rest : item
  if (firstField(fields, referenceFields) === undefined) return undefined
  return readQuestion({ ...fields, question: 'the result of the last step', messages: null })
}

function readStep(entry: JsonValue, byName: JsonValue | undefined, index: number): Step | string {
  const name = `"steps"[${index}]`
  const step = isObject(entry) ? entry : { instruction: entry }
  const text = step['instruction'] ?? step['step'] ?? step['task']
  if (typeof text !== 'string' || text.trim() === '') return `${name} must be a text, or an object with "instruction".`
  const instructions = readInstructions(step)
  if (typeof instructions === 'string') return `${name}: ${instructions}`
  const expected = step['expected'] ?? byName
  if (expected === undefined || expected === null) return { text, questions: [], instructions }
  const texts = readTexts(expected)
  if (texts === undefined) return `What ${name} is expected to say must be a text, a number or a list of texts.`
  const questions: Question[] = []
  for (const reference of texts) {
    const question = readQuestion({ question: text, reference, answer_type: step['answer_type'] ?? null })
    if (typeof question === 'string') return `${name}: ${question}`
    questions.push(question)
  }
  return { text, questions, instructions }
}
