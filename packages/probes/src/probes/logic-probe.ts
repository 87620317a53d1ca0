import type { Probe, Settings } from '@insidellms/core'
import { askQuestion, checkQuestionSettings } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { readQuestion } from '../items/read-question.ts'

const template =
  '{question}\n\nReason step by step if it helps. End with one line "Answer: ..." that holds nothing but the final answer.'

/**
 * Reasoning: does the final answer match the reference? Each reference decides how (yes or no, number, choice, text).
 *
 * `accuracy` is 1 or 0; `answered` says whether a final answer could be read at all. The marks of a final answer are
 * those of GSM8K (Cobbe et al. 2021) and MATH (Hendrycks et al. 2021).
 */
export function createLogicProbe(settings: Settings = {}): Probe {
  const asking = checkQuestionSettings('logic', settings, template)
  return defineProbe({
    name: 'logic',
    version: '1',
    primaryMetric: 'accuracy',
    parse: readQuestion,
    async run(model, question) {
      const { scored, ...result } = await askQuestion(model, question, asking)
      return { ...result, scores: { accuracy: scored.score, answered: scored.answered ? 1 : 0 } }
    },
  })
}
