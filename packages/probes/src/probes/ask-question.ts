import type { GenerateOptions, Model, ModelResponse, ProbeResult, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import { listChoices } from '../answers/extract-choice.ts'
import { type AnswerScore, scoreAnswer } from '../answers/score-answer.ts'
import type { Question } from '../items/read-question.ts'
import { scoreMultipleChoiceByLogprob } from '../scorers/multiple-choice.ts'
import { checkPromptTemplate, fillPrompt } from './prompt-template.ts'
import { sumUsage } from './sum-usage.ts'

export interface QuestionSettings {
  promptTemplate: string
  /** How a multiple choice is read. */
  choiceBy: 'text' | 'logprob'
}

const choiceTemplate = '{question}\n\nAnswer with the letter of the right choice only.'

/** @throws {InsideLLMsError} `config` */
export function checkQuestionSettings(probe: string, settings: Settings, template: string): QuestionSettings {
  checkSettings(probe, settings, ['promptTemplate', 'choiceBy'])
  const { promptTemplate = template, choiceBy = 'text' } = settings
  if (choiceBy !== 'text' && choiceBy !== 'logprob')
    throw new InsideLLMsError('config', `${probe}: choiceBy must be "text" or "logprob".`)
  return { promptTemplate: checkPromptTemplate(probe, promptTemplate), choiceBy }
}

export type AskedQuestion = Omit<ProbeResult, 'scores' | 'primaryMetric'> & { output: string; scored: AnswerScore }

/** Asks one question and scores the answer. */
export async function askQuestion(
  model: Model,
  question: Question,
  settings: QuestionSettings,
): Promise<AskedQuestion> {
  const byLogprob = question.kind === 'choice' && settings.choiceBy === 'logprob'
  const options: GenerateOptions = byLogprob ? { logprobs: true, topLogprobs: 5 } : {}
  const choices = question.choices === undefined ? '' : `\n\n${listChoices(question.choices)}`
  const input = fillPrompt(byLogprob ? choiceTemplate : settings.promptTemplate, question.prompt, choices)
  const response = await model.respond(input, options)
  const scored = byLogprob ? scoreLogprobs(response, question) : scoreAnswer(response.text, question)
  return {
    output: response.text,
    scored,
    explanation: scored.reason + finishNote(response),
    ...sumUsage([response.usage]),
    ...(scored.extracted !== undefined && { custom: { extracted: scored.extracted } }),
  }
}

function scoreLogprobs(response: ModelResponse, { choices = [], references }: Question): AnswerScore {
  const scores = references.map((reference) =>
    scoreMultipleChoiceByLogprob(response.logprobs, choices, choices.indexOf(reference)),
  )
  const { score, reason, best } = scores.find(({ score }) => score === 1) ?? scores[0]!
  return { score, reason, answered: true, extracted: choices[best]! }
}

/** What a reader should know of an answer that did not end by itself. */
export function finishNote({ finish }: ModelResponse): string {
  if (finish.kind === 'length') return ' The answer was cut at the token limit.'
  if (finish.kind === 'content-filter') return ' The vendor withheld the answer or part of it.'
  return finish.kind === 'refusal' ? ' The model declined to answer.' : ''
}
