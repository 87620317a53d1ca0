import { testPattern } from '../scorers/regex.ts'
import { countOccurrences, type InstructionRule, plural, relates } from './instruction-rule.ts'

const quoted = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join(', ')

function hasWord(text: string, word: string): boolean {
  const escaped = word.trim().replaceAll(/[$()*+.?[\\\]^{|}/-]/gu, String.raw`\$&`)
  return new RegExp(String.raw`(?<![\p{L}\p{N}_])${escaped}(?![\p{L}\p{N}_])`, 'iu').test(text)
}

/** Either may be written with spaces between its letters, as in IFEval. */
const postscripts: ReadonlyMap<string, RegExp> = new Map([
  ['PS', /(?<!\p{L})p\.\s?s\./iu],
  ['PPS', /(?<!\p{L})p\.\s?p\.\s?s/iu],
])

/** Rules about what must or must not be said. `content:` ids are ours, the others IFEval's. */
export const keywordRules: Record<string, InstructionRule> = {
  'keywords:existence': {
    args: { keywords: 'texts' },
    describe: (args) => `Include these words: ${quoted(args.texts('keywords'))}.`,
    check(answer, args) {
      const missing = args.texts('keywords').filter((keyword) => countOccurrences(answer, keyword.trim()) === 0)
      return { followed: missing.length === 0, found: missing.length === 0 ? 'all there' : `no ${quoted(missing)}` }
    },
  },
  'keywords:frequency': {
    args: { keyword: 'text', frequency: 'count', relation: 'relation?' },
    describe: (args) =>
      `Use the word "${args.text('keyword')}" ${args.relation('relation')} ${plural(args.count('frequency'), 'time')}.`,
    check(answer, args) {
      const count = countOccurrences(answer, args.text('keyword').trim())
      return {
        followed: relates(count, args.relation('relation'), args.count('frequency')),
        found: plural(count, 'time'),
      }
    },
  },
  'keywords:forbidden_words': {
    args: { forbidden_words: 'texts' },
    describe: (args) => `Do not use these words: ${quoted(args.texts('forbidden_words'))}.`,
    check(answer, args) {
      const used = args.texts('forbidden_words').filter((word) => hasWord(answer, word))
      return { followed: used.length === 0, found: used.length === 0 ? 'none used' : `used ${quoted(used)}` }
    },
  },
  'keywords:letter_frequency': {
    args: { letter: 'text', let_frequency: 'count', let_relation: 'relation?' },
    describe: (args) =>
      `Use the letter "${args.text('letter')}" ${args.relation('let_relation')} ${plural(args.count('let_frequency'), 'time')}.`,
    check(answer, args) {
      const count = countOccurrences(answer, args.text('letter').trim())
      return {
        followed: relates(count, args.relation('let_relation'), args.count('let_frequency')),
        found: plural(count, 'time'),
      }
    },
  },
  'detectable_content:number_placeholders': {
    args: { num_placeholders: 'count' },
    describe: (args) =>
      `Use at least ${plural(args.count('num_placeholders'), 'placeholder')} in square brackets, such as [name].`,
    check(answer, args) {
      const count = answer.match(/\[[^\n[\]]*\]/gu)?.length ?? 0
      return { followed: count >= args.count('num_placeholders'), found: plural(count, 'placeholder') }
    },
  },
  'detectable_content:postscript': {
    args: { postscript_marker: 'text' },
    describe: (args) => `End with a postscript that starts with ${args.text('postscript_marker')}`,
    check(answer, args) {
      const marker = args.text('postscript_marker').trim()
      const pattern = postscripts.get(marker.replaceAll('.', '').toUpperCase())
      const followed = pattern?.test(answer) ?? countOccurrences(answer, marker) > 0
      return { followed, found: followed ? 'a postscript' : 'no postscript' }
    },
  },
  'content:equals': {
    args: { text: 'text' },
    describe: (args) => `Write exactly this and nothing else: ${args.text('text')}`,
    check(answer, args) {
      const followed = answer.trim() === args.text('text').trim()
      return { followed, found: followed ? 'exactly that' : 'something else' }
    },
  },
  'content:matches': {
    args: { pattern: 'text', flags: 'text?' },
    describe: (args) => `The answer must match the regular expression ${args.text('pattern')}`,
    check(answer, args) {
      const followed = testPattern(args.text('pattern'), answer, args.text('flags', 'u'))
      return { followed, found: followed ? 'a match' : 'no match' }
    },
  },
}
