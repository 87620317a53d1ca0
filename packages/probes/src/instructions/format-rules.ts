import { countWords, splitSentences } from '../answers/split-text.ts'
import { scoreJsonSchema } from '../scorers/json-schema.ts'
import { parseJsonAnswer } from '../scorers/parse-json-answer.ts'
import { inRange, type InstructionRule, plural, rangeText } from './instruction-rule.ts'

const itemLine = /^\s*(?:\d+[.)]|[-*\u2022])\s+\S/u
const constrained = ['My answer is yes.', 'My answer is no.', 'My answer is maybe.']

function linesOf(answer: string): string[] {
  return answer.split('\n').filter((line) => line.trim() !== '')
}

/** A list whose every line is an item, but for lines that continue the one above by indenting. */
function isListOf(item: RegExp, answer: string): boolean {
  const lines = linesOf(answer.trim())
  return lines.length > 0 && item.test(lines[0]!) && lines.every((line) => item.test(line) || /^\s{2,}\S/u.test(line))
}

/** Rules about format: first IFEval's, then ours. */
export const formatRules: Record<string, InstructionRule> = {
  'detectable_format:number_bullet_lists': {
    args: { num_bullets: 'count' },
    describe: (args) => `Use exactly ${plural(args.count('num_bullets'), 'bullet point')}, each starting with "* ".`,
    check(answer, args) {
      const count = answer.match(/^\s*(?:\*[^*\n]|-).*$/gmu)?.length ?? 0
      return { followed: count === args.count('num_bullets'), found: plural(count, 'bullet point') }
    },
  },
  'detectable_format:constrained_response': {
    args: {},
    describe: () => `Answer with one of: ${constrained.join(' ')}`,
    check(answer) {
      const found = constrained.filter((choice) => answer.includes(choice))
      return { followed: found.length > 0, found: found.join(' ') || 'none of them' }
    },
  },
  'detectable_format:number_highlighted_sections': {
    args: { num_highlights: 'count' },
    describe: (args) => `Highlight at least ${plural(args.count('num_highlights'), 'section')}, like *this*.`,
    check(answer, args) {
      const count = answer.match(/\*\*[^\n*]*\S[^\n*]*\*\*|\*[^\n*]*[^\s*][^\n*]*\*/gu)?.length ?? 0
      return { followed: count >= args.count('num_highlights'), found: plural(count, 'highlight') }
    },
  },
  'detectable_format:multiple_sections': {
    args: { section_spliter: 'text', num_sections: 'count' },
    describe: (args) =>
      `Write at least ${plural(args.count('num_sections'), 'section')}, each starting with "${args.text('section_spliter')} 1" and so on.`,
    check(answer, args) {
      const splitter = args
        .text('section_spliter')
        .trim()
        .replaceAll(/[$()*+.?[\\\]^{|}/-]/gu, String.raw`\$&`)
      const count = answer.match(new RegExp(String.raw`${splitter}\s?\d+`, 'gu'))?.length ?? 0
      return { followed: count >= args.count('num_sections'), found: plural(count, 'section') }
    },
  },
  'detectable_format:json_format': {
    args: {},
    describe: () => 'Answer with valid JSON only.',
    check(answer) {
      const followed = parseJsonAnswer(answer) !== undefined
      return { followed, found: followed ? 'valid JSON' : 'no valid JSON' }
    },
  },
  'detectable_format:title': {
    args: {},
    describe: () => 'Give it a title in double angular brackets, such as <<title>>.',
    check(answer) {
      const followed = /<<[^\n<>]*[^\s<>][^\n<>]*>>/u.test(answer)
      return { followed, found: followed ? 'a title' : 'no title' }
    },
  },
  'combination:two_responses': {
    args: {},
    describe: () => 'Give two different responses, separated by six asterisks: ******.',
    check(answer) {
      const parts = answer.split('******').map((part) => part.trim())
      const filled = parts.filter((part, index) => part !== '' || (index > 0 && index < parts.length - 1))
      return { followed: filled.length === 2 && filled[0] !== filled[1], found: plural(filled.length, 'response') }
    },
  },
  'combination:repeat_prompt': {
    args: { prompt_to_repeat: 'text' },
    describe: (args) => `First repeat this word for word, then answer: ${args.text('prompt_to_repeat')}`,
    check(answer, args) {
      const followed = answer.trim().toLowerCase().startsWith(args.text('prompt_to_repeat').trim().toLowerCase())
      return { followed, found: followed ? 'repeated' : 'not repeated' }
    },
  },
  'detectable_format:json_schema': {
    args: { schema: 'object' },
    describe: (args) =>
      `Answer with JSON only that satisfies this JSON Schema: ${JSON.stringify(args.object('schema'))}`,
    check(answer, args) {
      const { score, reason } = scoreJsonSchema(answer, args.object('schema'))
      return { followed: score === 1, found: reason.replace(/\.$/u, '') }
    },
  },
  'detectable_format:numbered_list': {
    args: {},
    describe: () => 'Answer with a numbered list only (1. 2. 3.).',
    check(answer) {
      const followed = isListOf(/^\s*\d+[.)]\s+\S/u, answer)
      return { followed, found: followed ? 'a numbered list' : 'no numbered list, or text beside it' }
    },
  },
  'detectable_format:bullet_list': {
    args: {},
    describe: () => 'Answer with a bullet list only ("- " before each item).',
    check(answer) {
      const followed = isListOf(/^\s*[-*\u2022]\s+\S/u, answer)
      return { followed, found: followed ? 'a bullet list' : 'no bullet list, or text beside it' }
    },
  },
  'detectable_format:list_items': {
    args: { min: 'count?', max: 'count?' },
    oneOf: ['min', 'max'],
    describe: (args) => `List ${rangeText(args, 'item')}, one per line, numbered or with "- ".`,
    check(answer, args) {
      const count = linesOf(answer).filter((line) => itemLine.test(line)).length
      return { followed: inRange(count, args), found: plural(count, 'item') }
    },
  },
  'detectable_format:single_word': {
    args: {},
    describe: () => 'Answer with a single word.',
    check(answer) {
      const count = countWords(answer)
      return { followed: count === 1, found: plural(count, 'word') }
    },
  },
  'detectable_format:single_sentence': {
    args: {},
    describe: () => 'Answer with exactly one sentence.',
    check(answer) {
      const count = splitSentences(answer).length
      return { followed: count === 1, found: plural(count, 'sentence') }
    },
  },
  'detectable_format:paragraph': {
    args: {},
    describe: () => 'Answer with one paragraph of running text, without lists or headings.',
    check(answer) {
      const lines = linesOf(answer.trim())
      const followed =
        lines.length > 0 &&
        !/\n\s*\n/u.test(answer.trim()) &&
        !lines.some((line) => itemLine.test(line) || /^#+\s/u.test(line))
      return { followed, found: followed ? 'one paragraph' : 'several paragraphs, a list or a heading' }
    },
  },
  'detectable_format:code_only': {
    args: {},
    describe: () => 'Answer with a single fenced code block and nothing else.',
    check(answer) {
      const followed = /^```[^\n`]*\n(?:(?!```)[\s\S])*\n?```$/u.test(answer.trim())
      return { followed, found: followed ? 'a code block alone' : 'text beside the code block, or none' }
    },
  },
}
