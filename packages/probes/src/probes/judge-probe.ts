import type { DatasetItem, Model, Probe, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import { stripReasoning } from '../answers/strip-reasoning.ts'
import { firstField, isObject, readTexts, referenceFields } from '../items/item-fields.ts'
import { type ItemPrompt, describe, readPrompt } from '../items/read-prompt.ts'
import { type ModelGradedOptions, scoreModelGraded } from '../scorers/model-graded.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { fillPrompt } from './prompt-template.ts'
import { sumUsage } from './sum-usage.ts'

/**
 * Open questions, graded by other models: see `scoreModelGraded`. `judge` is one model or a list; in a config the runner
 * makes them of `{ type, args }`, and records their calls like any others. An item's `rubric` goes before the probe's.
 *
 * `score` is the mean grade as a share of the scale, `passed` is 1 from `threshold` on; `agreement` is there with two
 * judges.
 */
export function createJudgeProbe(settings: Settings = {}): Probe {
  checkSettings('judge', settings, ['judge', 'rubric', 'scale', 'threshold', 'pinned', 'judgeOptions'])
  const judges = readJudges(settings['judge'])
  const { rubric, scale = 5, threshold = 0.8, pinned, judgeOptions = {} } = settings
  if (rubric !== undefined && (typeof rubric !== 'string' || rubric.trim() === '')) throw wrong('rubric must be a text')
  if (!Number.isSafeInteger(scale) || Number(scale) < 1) throw wrong('scale must be a whole number above 0')
  if (typeof threshold !== 'number' || !(threshold >= 0 && threshold <= 1)) throw wrong('threshold must be from 0 to 1')
  if (typeof judgeOptions !== 'object' || judgeOptions === null) throw wrong('judgeOptions must be an object')
  const options: ModelGradedOptions = {
    scale: Number(scale),
    options: judgeOptions,
    ...(pinned !== undefined && { pinned: readPinned(pinned, judges.length) }),
    ...(rubric !== undefined && { rubric }),
  }
  return defineProbe({
    name: 'judge',
    version: '1',
    primaryMetric: 'score',
    parse,
    async run(model, { prompt, references, rubric: own }) {
      const response = await model.respond(fillPrompt('{question}', prompt))
      const graded = await scoreModelGraded(questionText(prompt), stripReasoning(response.text), judges, {
        ...options,
        references,
        ...(own !== undefined && { rubric: own }),
      })
      return {
        output: response.text,
        scores: {
          score: graded.score,
          passed: graded.score >= threshold ? 1 : 0,
          ...(graded.agreement !== undefined && { agreement: graded.agreement }),
        },
        explanation: graded.reason + finishNote(response),
        ...sumUsage([response.usage]),
        custom: {
          judgements: graded.judgements.map(({ judge, served, grade, answer }) => ({
            judge,
            ...(served !== undefined && { served }),
            grade,
            answer,
          })),
        },
      }
    },
  })
}

function wrong(what: string): InsideLLMsError {
  return new InsideLLMsError('config', `judge: ${what}.`)
}

function readJudges(given: unknown): Model[] {
  const list: unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given]
  // By shape and not by class: it may come from another copy of core.
  if (list.length > 0 && list.every((judge) => typeof (judge as Partial<Model> | null)?.respond === 'function'))
    return list as Model[]
  throw wrong(
    '"judge" must be a Model, or a list of them. In a config write judge: { type: openai, args: { model_name: ... } }',
  )
}

function readPinned(given: unknown, count: number): string[] {
  const list: unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === count && list.every((name) => typeof name === 'string' && name !== '')) return list as string[]
  throw wrong('pinned must name one served model for each judge, in their order')
}

interface JudgedItem {
  prompt: ItemPrompt
  references: string[]
  rubric?: string
}

function parse(item: DatasetItem): JudgedItem | string {
  const object = typeof item === 'string' ? { question: item } : item
  if (!isObject(object)) return `The item must be an object with a question, or a text; it is ${describe(item)}.`
  const prompt = readPrompt(object)
  if (typeof prompt === 'string') return prompt
  const field = firstField(object, referenceFields)
  const references = field === undefined ? [] : readTexts(field.value)
  if (references === undefined) return `"${field!.name}" must be a text or a list of them.`
  const { rubric } = object
  if (rubric === undefined || rubric === null) return { prompt, references }
  return typeof rubric === 'string' && rubric.trim() !== ''
    ? { prompt, references, rubric }
    : '"rubric" must be a text.'
}

function questionText(prompt: ItemPrompt): string {
  if ('text' in prompt) return prompt.text
  return prompt.messages
    .map(({ role, content }) => `${role}: ${typeof content === 'string' ? content : JSON.stringify(content)}`)
    .join('\n')
}
