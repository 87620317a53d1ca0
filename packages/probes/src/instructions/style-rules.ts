import { type InstructionRule, plural, relates } from './instruction-rule.ts'
import { languageOf, languages, speaks } from './language.ts'

/** Rules about case, punctuation, beginning and end, and language. `starts_with` is ours, the others IFEval's. */
export const styleRules: Record<string, InstructionRule> = {
  'change_case:english_capital': {
    args: {},
    describe: () => 'Write in capital letters only.',
    check(answer) {
      const followed = answer === answer.toUpperCase() && answer !== answer.toLowerCase()
      return { followed, found: followed ? 'capital letters only' : 'small letters, or none at all' }
    },
  },
  'change_case:english_lowercase': {
    args: {},
    describe: () => 'Write in small letters only.',
    check(answer) {
      const followed = answer === answer.toLowerCase() && answer !== answer.toUpperCase()
      return { followed, found: followed ? 'small letters only' : 'capital letters, or none at all' }
    },
  },
  'change_case:capital_word_frequency': {
    args: { capital_frequency: 'count', capital_relation: 'relation?' },
    describe: (args) =>
      `Use ${args.relation('capital_relation')} ${plural(args.count('capital_frequency'), 'word')} in all capital letters.`,
    check(answer, args) {
      const words = answer.match(/[\p{L}\p{N}'’-]+/gu) ?? []
      const count = words.filter((word) => word === word.toUpperCase() && word !== word.toLowerCase()).length
      return {
        followed: relates(count, args.relation('capital_relation'), args.count('capital_frequency')),
        found: plural(count, 'capital word'),
      }
    },
  },
  'punctuation:no_comma': {
    args: {},
    describe: () => 'Do not use any commas.',
    check(answer) {
      const count = answer.split(',').length - 1
      return { followed: count === 0, found: plural(count, 'comma') }
    },
  },
  'startend:quotation': {
    args: {},
    describe: () => 'Wrap the whole answer in double quotation marks.',
    check(answer) {
      const text = answer.trim()
      const followed = text.length > 1 && text.startsWith('"') && text.endsWith('"')
      return { followed, found: followed ? 'quoted' : 'not quoted' }
    },
  },
  'startend:end_checker': {
    args: { end_phrase: 'text' },
    describe: (args) => `End with exactly this and nothing after it: ${args.text('end_phrase')}`,
    check(answer, args) {
      const end = answer
        .trim()
        .replace(/^"+|"+$/gu, '')
        .toLowerCase()
      const followed = end.endsWith(
        args
          .text('end_phrase')
          .trim()
          .replace(/^"+|"+$/gu, '')
          .toLowerCase(),
      )
      return { followed, found: followed ? 'ends so' : `ends with "${[...answer.trim()].slice(-30).join('')}"` }
    },
  },
  'startend:starts_with': {
    args: { phrase: 'text' },
    describe: (args) => `Start with exactly this: ${args.text('phrase')}`,
    check(answer, args) {
      const followed = answer.trim().toLowerCase().startsWith(args.text('phrase').trim().toLowerCase())
      return { followed, found: followed ? 'starts so' : `starts with "${[...answer.trim()].slice(0, 30).join('')}"` }
    },
  },
  'language:response_language': {
    args: { language: 'text' },
    describe: (args) =>
      `Answer in ${languages.get(args.text('language').toLowerCase())?.name ?? args.text('language')} only.`,
    check(answer, args) {
      const language = args.text('language').toLowerCase()
      const followed = speaks(answer, language)
      return {
        followed,
        found: followed ? 'that language' : `read as ${languageOf(answer) ?? 'no language known here'}`,
      }
    },
  },
}
