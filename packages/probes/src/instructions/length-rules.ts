import { countWords, splitSentences } from '../answers/split-text.ts'
import { inRange, type InstructionRule, plural, rangeText, relates } from './instruction-rule.ts'

/** IFEval's words: runs of letters, digits and underscores, so that "don't" is two. */
function ifevalWords(text: string): number {
  return text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0
}

const paragraphsOf = (answer: string): string[] => answer.split(/\n\n/u).filter((text) => text.trim() !== '')

/** Rules about length. Ids with `number_` and `nth_` are IFEval's; `words`, `characters` and `lines` are ours. */
export const lengthRules: Record<string, InstructionRule> = {
  'length_constraints:number_words': {
    args: { num_words: 'count', relation: 'relation?' },
    describe: (args) => `Use ${args.relation('relation')} ${plural(args.count('num_words'), 'word')}.`,
    check(answer, args) {
      const count = ifevalWords(answer)
      return {
        followed: relates(count, args.relation('relation'), args.count('num_words')),
        found: plural(count, 'word'),
      }
    },
  },
  'length_constraints:number_sentences': {
    args: { num_sentences: 'count', relation: 'relation?' },
    describe: (args) => `Use ${args.relation('relation')} ${plural(args.count('num_sentences'), 'sentence')}.`,
    check(answer, args) {
      const count = splitSentences(answer).length
      return {
        followed: relates(count, args.relation('relation'), args.count('num_sentences')),
        found: plural(count, 'sentence'),
      }
    },
  },
  'length_constraints:number_paragraphs': {
    args: { num_paragraphs: 'count' },
    describe: (args) =>
      `Write exactly ${plural(args.count('num_paragraphs'), 'paragraph')}, separated by a line with *** only.`,
    check(answer, args) {
      const parts = answer.split(/\s?\*\*\*\s?/u).map((part) => part.trim())
      if (parts.length > 1 && parts[0] === '') parts.shift()
      if (parts.length > 1 && parts.at(-1) === '') parts.pop()
      const count = parts.filter((part) => part !== '').length
      return {
        followed: count === parts.length && count === args.count('num_paragraphs'),
        found: plural(count, 'paragraph'),
      }
    },
  },
  'length_constraints:nth_paragraph_first_word': {
    args: { num_paragraphs: 'count', nth_paragraph: 'count', first_word: 'text' },
    describe: (args) =>
      `Write exactly ${plural(args.count('num_paragraphs'), 'paragraph')} separated by empty lines; number ${args.count('nth_paragraph')} starts with the word "${args.text('first_word')}".`,
    check(answer, args) {
      const paragraphs = paragraphsOf(answer)
      const nth = paragraphs[args.count('nth_paragraph') - 1] ?? ''
      const first = /[\p{L}\p{N}'’-]+/u.exec(nth.replace(/^[\s"'“‘]+/u, ''))?.[0] ?? ''
      return {
        followed:
          paragraphs.length === args.count('num_paragraphs') &&
          first.toLowerCase() === args.text('first_word').trim().toLowerCase(),
        found: `${plural(paragraphs.length, 'paragraph')}, first word "${first}"`,
      }
    },
  },
  'length_constraints:words': {
    args: { min: 'count?', max: 'count?' },
    oneOf: ['min', 'max'],
    describe: (args) => `Use ${rangeText(args, 'word')}.`,
    check(answer, args) {
      const count = countWords(answer)
      return { followed: inRange(count, args), found: plural(count, 'word') }
    },
  },
  'length_constraints:characters': {
    args: { min: 'count?', max: 'count?' },
    oneOf: ['min', 'max'],
    describe: (args) => `Use ${rangeText(args, 'character')}.`,
    check(answer, args) {
      const count = [...answer.trim()].length
      return { followed: inRange(count, args), found: plural(count, 'character') }
    },
  },
  'length_constraints:lines': {
    args: { min: 'count?', max: 'count?' },
    oneOf: ['min', 'max'],
    describe: (args) => `Use ${rangeText(args, 'line')}, not counting empty ones.`,
    check(answer, args) {
      const count = answer.split('\n').filter((line) => line.trim() !== '').length
      return { followed: inRange(count, args), found: plural(count, 'line') }
    },
  },
}
