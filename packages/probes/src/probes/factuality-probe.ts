import type { DatasetItem, Probe, Settings } from '@insidellms/core'
import { isObject, parseStructured } from '../items/item-fields.ts'
import { type Question, readQuestion } from '../items/read-question.ts'
import { bestOf } from '../scorers/score.ts'
import { scoreTokenF1 } from '../scorers/token-f1.ts'
import { type AskedQuestion, askQuestion, checkQuestionSettings } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { sumUsage } from './sum-usage.ts'

const template = '{question}\n\nAnswer in a few words.'

/**
 * Knowledge: does the answer claim a reference, and none of the item's `incorrect_answers`? Lists of right and wrong
 * answers are those of TruthfulQA (Lin et al. 2022, arXiv:2109.07958), whose own judge is a model; ours is a rule.
 *
 * `accuracy` is 1 or 0, `f1` the best token F1 over the references, `answered` whether an answer could be read. An item
 * can hold several questions under `factual_questions` or `questions`: its scores are their means.
 */
export function createFactualityProbe(settings: Settings = {}): Probe {
  const asking = checkQuestionSettings('factuality', settings, template)
  return defineProbe({
    name: 'factuality',
    version: '1',
    primaryMetric: 'accuracy',
    parse: readQuestions,
    async run(model, { questions, several }) {
      const asked: AskedQuestion[] = []
      for (const question of questions) asked.push(await askQuestion(model, question, asking))
      const mean = (of: (index: number) => number): number =>
        questions.reduce((sum, _question, index) => sum + of(index), 0) / questions.length
      const texts = asked.map(({ output }) => output)
      return {
        output: several ? { text: texts.join('\n\n'), answers: texts } : texts[0]!,
        scores: {
          accuracy: mean((index) => asked[index]!.scored.score),
          f1: mean((index) => f1(asked[index]!.scored.extracted ?? '', questions[index]!)),
          answered: mean((index) => (asked[index]!.scored.answered ? 1 : 0)),
        },
        explanation: asked
          .map(({ explanation }, index) => (several ? `${index + 1}. ${explanation}` : explanation))
          .join(' '),
        ...sumUsage(asked.map(({ usage }) => usage)),
        ...(several
          ? { custom: { accuracies: asked.map(({ scored }) => scored.score) } }
          : asked[0]!.custom !== undefined && { custom: asked[0]!.custom }),
      }
    },
  })
}

function f1(extracted: string, { references }: Question): number {
  return bestOf(references, (reference) => scoreTokenF1(extracted, reference)).score
}

function readQuestions(item: DatasetItem): { questions: Question[]; several: boolean } | string {
  const list = isObject(item) ? (item['factual_questions'] ?? item['questions']) : undefined
  if (list === undefined || list === null) {
    const question = readQuestion(item)
    return typeof question === 'string' ? question : { questions: [question], several: false }
  }
  const entries = parseStructured(list)
  if (!Array.isArray(entries) || entries.length === 0)
    return '"factual_questions" (or questions) must be a list of at least one question.'
  const questions: Question[] = []
  for (const [index, entry] of entries.entries()) {
    const question = readQuestion(entry)
    if (typeof question === 'string') return `Question ${index + 1}: ${question}`
    questions.push(question)
  }
  return { questions, several: true }
}
