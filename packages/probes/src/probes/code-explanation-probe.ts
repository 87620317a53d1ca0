import type { DatasetItem, JsonValue, Probe, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import { findClaim } from '../answers/find-claim.ts'
import { scoreAnswer } from '../answers/score-answer.ts'
import { stripReasoning } from '../answers/strip-reasoning.ts'
import { firstField, isObject, parseStructured, readTexts, referenceFields } from '../items/item-fields.ts'
import { describe } from '../items/read-prompt.ts'
import { type Question, readQuestion } from '../items/read-question.ts'
import { indexOfWords } from '../scorers/normalize-text.ts'
import { quote } from '../scorers/score.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { sumUsage } from './sum-usage.ts'

const details = {
  brief: 'Explain in one sentence what it does.',
  medium: 'Explain what it does and how.',
  detailed: 'Explain what it does, how, and what a caller should know of edge cases and cost.',
} as const

/**
 * Explaining code. The item has `code` and the `concepts` that a right explanation must name, each a text or a list of
 * words that mean the same; `misconceptions` must not be claimed. A `question` about the code with a `reference_answer`
 * (what does it print for 3?) is a surer measure, as in CRUXEval (Gu et al. 2024, arXiv:2401.03065).
 *
 * `coverage` is the share of concepts that are named, 0 when a misconception is claimed; with a question it is whether
 * the answer is right. Naming is not understanding: for that take the `judge` probe.
 */
export function createCodeExplanationProbe(settings: Settings = {}): Probe {
  checkSettings('code_explanation', settings, ['detailLevel', 'language'])
  const { detailLevel = 'medium', language = '' } = settings
  if (typeof detailLevel !== 'string' || !Object.hasOwn(details, detailLevel))
    throw new InsideLLMsError(
      'config',
      `code_explanation: detailLevel must be one of ${Object.keys(details).join(', ')}.`,
    )
  if (typeof language !== 'string') throw new InsideLLMsError('config', 'code_explanation: language must be a text.')
  const request = details[detailLevel as keyof typeof details]
  return defineProbe({
    name: 'code_explanation',
    version: '1',
    primaryMetric: 'coverage',
    parse,
    async run(model, item) {
      const asked = item.asked === undefined ? request : `${item.asked}\n\nEnd with one line "Answer: ...".`
      const response = await model.respond(`\`\`\`${language}\n${item.code}\n\`\`\`\n\n${asked}`)
      const { coverage, reason } = score(stripReasoning(response.text), item)
      return {
        output: response.text,
        scores: { coverage },
        explanation: reason + finishNote(response),
        ...sumUsage([response.usage]),
      }
    },
  })
}

interface ExplanationItem {
  code: string
  /** Each a list of words for the same. */
  concepts: string[][]
  misconceptions: string[]
  asked?: string
  question?: Question
}

function score(
  answer: string,
  { concepts, misconceptions, question }: ExplanationItem,
): { coverage: number; reason: string } {
  const claimed = misconceptions.find((text) => findClaim(answer, text) === 'asserted')
  if (claimed !== undefined) return { coverage: 0, reason: `It claims ${quote(claimed)}, which is wrong.` }
  const answered = question === undefined ? undefined : scoreAnswer(answer, question)
  const missing = concepts.filter((words) => !words.some((word) => names(answer, word)))
  const parts = concepts.length + (answered === undefined ? 0 : 1)
  const found = concepts.length - missing.length + (answered?.score ?? 0)
  const list = missing.map(([first]) => quote(first!)).join(', ')
  return {
    coverage: found / parts,
    reason: [
      answered?.reason,
      concepts.length === 0
        ? undefined
        : `It names ${concepts.length - missing.length} of ${concepts.length} concepts${list === '' ? '' : `, not ${list}`}.`,
    ]
      .filter(Boolean)
      .join(' '),
  }
}

/** As whole words, the last of which may have an ending: "reverse" is named by "reverses" and "reversing". */
function names(answer: string, concept: string): boolean {
  if (indexOfWords(answer, concept) >= 0) return true
  const stem = concept.trim().replace(/e$/iu, '')
  if (!/^[\p{L} -]{4,}$/u.test(stem)) return false
  const words = stem.split(/[\s-]+/u).join(String.raw`[\s-]+`)
  return new RegExp(
    String.raw`(?<!\p{L})${words}(?:e|es|ed|ing|s|er|ion|ions|al|ally|ive|ively|ly|ely)?(?!\p{L})`,
    'iu',
  ).test(answer)
}

function parse(item: DatasetItem): ExplanationItem | string {
  if (!isObject(item)) return `The item must be an object with "code" and "concepts"; it is ${describe(item)}.`
  const { code } = item
  if (typeof code !== 'string' || code.trim() === '') return `"code" must be a text; it is ${describe(code)}.`
  const concepts = readConcepts(parseStructured(item['concepts'] ?? []))
  const misconceptions = readTexts(item['misconceptions'] ?? [])
  if (concepts === undefined) return '"concepts" must be a list of texts, or of lists of texts.'
  if (misconceptions === undefined) return '"misconceptions" must be a list of texts.'
  const hasReference = firstField(item, referenceFields) !== undefined
  if (concepts.length === 0 && !hasReference)
    return 'The item has nothing to score against: add "concepts", or "question" and "reference_answer".'
  if (!hasReference) return { code, concepts, misconceptions }
  const question = readQuestion(item)
  if (typeof question === 'string') return question
  if (!('text' in question.prompt)) return '"question" must be a text.'
  return { code, concepts, misconceptions, question, asked: question.prompt.text }
}

function readConcepts(given: JsonValue): string[][] | undefined {
  if (!Array.isArray(given)) return undefined
  const concepts: string[][] = []
  for (const entry of given) {
    const words = readTexts(entry)
    if (words === undefined || words.length === 0 || words.some((word) => word.trim() === '')) return undefined
    concepts.push(words)
  }
  return concepts
}
