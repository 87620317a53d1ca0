import type { GenerateOptions, Model, Usage } from '@insidellms/core'
import { InsideLLMsError } from '@insidellms/core/driver'
import { stripReasoning } from '../answers/strip-reasoning.ts'
import { judgePrompt, readGrade } from '../judging/judge-prompt.ts'
import type { Score } from './score.ts'

export interface ModelGradedOptions {
  /** What the grade is about. Default: whether the answer is correct and complete. */
  rubric?: string
  /** The best grade. Default: 5. */
  scale?: number
  /** Answers that are known to be right, for the judge to compare with. */
  references?: readonly string[]
  /** Options of the judge's calls, such as a temperature. */
  options?: GenerateOptions
  /** The model that must have answered, as `served.model` reports it, for each judge in turn. Default: any. */
  pinned?: readonly string[]
}

/** One judge's grade, with what it was asked and what it said. */
export interface Judgement {
  judge: string
  /** The model that answered, as the vendor reports it. */
  served?: string
  prompt: string
  answer: string
  grade: number
  usage?: Usage
}

export interface ModelGradedScore extends Score {
  judgements: Judgement[]
  /** With two judges or more: 1 less the widest gap between their grades, as a share of the scale. */
  agreement?: number
}

const defaultRubric = 'whether the answer to the question is correct and complete.'

/**
 * Lets other models grade an answer; the score is their mean grade as a share of the scale. Models as judges favour
 * their own kind, length and the first position (Zheng et al. 2023, arXiv:2306.05685): take a judge of another family
 * than the model under test, and two to see where they part.
 *
 * A judge that gives no grade is an error and not a 0: else a retired judge would fail every answer.
 *
 * @throws {InsideLLMsError} `invalid_response` when a judge gives no grade, or another model than the pinned one answers;
 *   what the judge's model throws.
 */
export async function scoreModelGraded(
  question: string,
  answer: string,
  judges: readonly Model[],
  { rubric = defaultRubric, scale = 5, references = [], options = {}, pinned = [] }: ModelGradedOptions = {},
): Promise<ModelGradedScore> {
  if (judges.length === 0) throw new InsideLLMsError('config', 'A model-graded score needs at least one judge.')
  const prompt = judgePrompt({ question, answer, references, rubric, scale })
  const judgements: Judgement[] = []
  for (const [index, judge] of judges.entries())
    judgements.push(await ask(judge, prompt, scale, options, pinned[index]))
  const grades = judgements.map(({ grade }) => grade)
  const score = grades.reduce((sum, grade) => sum + grade, 0) / grades.length / scale
  const agreement = 1 - (Math.max(...grades) - Math.min(...grades)) / scale
  const list = judgements.map(({ judge, grade }) => `${judge} ${grade}`).join(', ')
  return {
    score,
    reason: `Graded of ${scale}: ${list}.`,
    judgements,
    ...(judges.length > 1 && { agreement }),
  }
}

async function ask(
  judge: Model,
  prompt: string,
  scale: number,
  options: GenerateOptions,
  pinned: string | undefined,
): Promise<Judgement> {
  const response = await judge.respond(prompt, options)
  const served = response.served.model
  if (pinned !== undefined && served !== pinned)
    throw new InsideLLMsError(
      'invalid_response',
      `The judge ${judge.name} is pinned to ${pinned}, but ${served ?? 'a model that does not say its name'} answered. Grades of different judges cannot be compared.`,
    )
  const text = stripReasoning(response.text)
  const grade = readGrade(text, scale)
  if (grade === undefined)
    throw new InsideLLMsError(
      'invalid_response',
      `The judge ${judge.name} gave no line "Grade: n" with n from 0 to ${scale}: ${JSON.stringify(text.slice(0, 200))}`,
    )
  return {
    judge: judge.name,
    ...(served !== undefined && { served }),
    prompt,
    answer: response.text,
    grade,
    ...(response.usage !== undefined && { usage: response.usage }),
  }
}
