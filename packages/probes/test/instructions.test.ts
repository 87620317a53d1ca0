import type { JsonObject } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { checkInstructions, relaxedAnswers } from '../src/instructions/check-instructions.ts'
import { languageOf } from '../src/instructions/language.ts'
import { readConstraints } from '../src/instructions/read-constraints.ts'
import { instructionRules, makeInstruction, readInstructions } from '../src/instructions/read-instructions.ts'

function check(id: string, args: JsonObject, answer: string): boolean {
  const instruction = makeInstruction(id, args)
  if (typeof instruction === 'string') throw new Error(instruction)
  return checkInstructions(answer, [instruction])[0]!.strict
}

/** For each rule: arguments, answers that follow it, answers that do not. */
const cases: Record<string, [JsonObject, string[], string[]]> = {
  'length_constraints:number_words': [
    { num_words: 3, relation: 'at most' },
    ["don't go", 'a b c'],
    ["don't you go", 'a b c d'],
  ],
  'length_constraints:number_sentences': [
    { num_sentences: 2, relation: 'exactly' },
    ['One. Two!', 'Is it 3.5? Yes.'],
    ['One.', 'One. Two. Three.'],
  ],
  'length_constraints:number_paragraphs': [
    { num_paragraphs: 2 },
    ['a\n***\nb', '***\na\n***\nb\n***'],
    ['a\n\nb', 'a\n***\n\n***\nb', 'a'],
  ],
  'length_constraints:nth_paragraph_first_word': [
    { num_paragraphs: 2, nth_paragraph: 2, first_word: 'Then' },
    ['First.\n\nThen, go.', 'First.\n\n"then" it is'],
    ['First.\n\nGo then.', 'First.\n\nThenceforth.', 'Then.', 'a\n\nThen\n\nc'],
  ],
  'length_constraints:words': [{ min: 2, max: 3 }, ['a b', 'a b c'], ['a', 'a b c d']],
  'length_constraints:characters': [{ max: 3 }, ['abc', '😀😀😀', '  abc  '], ['abcd']],
  'length_constraints:lines': [{ min: 2 }, ['a\nb', 'a\n\nb'], ['a', 'a\n\n']],
  'keywords:existence': [{ keywords: ['Moon', 'sea'] }, ['The moon and the SEA'], ['The moon', '']],
  'keywords:frequency': [{ keyword: 'go', frequency: 2 }, ['go go', 'Going, gone: go'], ['go']],
  'keywords:forbidden_words': [{ forbidden_words: ['sun', 'C++'] }, ['Sunday', 'a C compiler'], ['The Sun.', 'in C++']],
  'keywords:letter_frequency': [{ letter: 'z', let_frequency: 2, let_relation: 'less than' }, ['Zoo', 'abc'], ['Zz']],
  'detectable_content:number_placeholders': [
    { num_placeholders: 2 },
    ['[name] and [address]'],
    ['[name]', 'name, address', '[[name]'],
  ],
  'detectable_content:postscript': [
    { postscript_marker: 'P.S.' },
    ['Hi.\nP.S. Bye', 'p. s. bye'],
    ['Hi.', 'oops, bye'],
  ],
  'content:equals': [{ text: 'Done.' }, ['Done.', ' Done.\n'], ['done.', 'Done. Bye.']],
  'content:matches': [{ pattern: String.raw`^\d{4}$` }, ['1969'], ['In 1969', '69']],
  'detectable_format:number_bullet_lists': [
    { num_bullets: 2 },
    ['* a\n* b', '- a\n- b', 'x:\n* a\n* b'],
    ['* a', '**a**\n* b', '1. a\n2. b'],
  ],
  'detectable_format:constrained_response': [
    {},
    ['My answer is yes.', 'Well. My answer is maybe.'],
    ['yes', 'My answer is Yes.'],
  ],
  'detectable_format:number_highlighted_sections': [
    { num_highlights: 2 },
    ['*a* and **b**', '*a* *b* *c*'],
    ['*a*', '* a\n* b', '** **'],
  ],
  'detectable_format:multiple_sections': [
    { section_spliter: 'PART', num_sections: 2 },
    ['PART 1\na\nPART 2\nb'],
    ['PART 1', 'part 1\npart 2', 'PART\nPART'],
  ],
  'detectable_format:json_format': [{}, ['{"a": 1}', '```json\n[1]\n```', '5'], ['{a: 1}', 'JSON: {}', '{} {}']],
  'detectable_format:title': [{}, ['<<A title>>\ntext'], ['<< >>', '<A title>', '<<a\nb>>']],
  'combination:two_responses': [{}, ['a\n******\nb', '******\na\n******\nb'], ['a', 'a******a', 'a******b******c']],
  'combination:repeat_prompt': [{ prompt_to_repeat: 'Say hi.' }, ['say hi. Hi!'], ['Hi!', 'I say hi.']],
  'detectable_format:json_schema': [{ schema: { type: 'array', minItems: 1 } }, ['[1]'], ['[]', '{}', '1']],
  'detectable_format:numbered_list': [{}, ['1. a\n2. b', '1) a'], ['- a', 'List:\n1. a', '1.a']],
  'detectable_format:bullet_list': [{}, ['- a\n- b', '* a\n  more', '• a'], ['1. a', 'List:\n- a', '-a']],
  'detectable_format:list_items': [{ min: 2, max: 2 }, ['Two:\n- a\n- b', '1. a\n2. b'], ['- a', '- a\n- b\n- c']],
  'detectable_format:single_word': [{}, ['blue', 'well-known.'], ['two words']],
  'detectable_format:single_sentence': [{}, ['It is 3.5 m.', 'Yes'], ['One. Two.', 'a\nb']],
  'detectable_format:paragraph': [{}, ['One. Two.\nThree.'], ['a\n\nb', '- a', '# a\nb']],
  'detectable_format:code_only': [
    {},
    ['```js\nx\n```', '```\nx\ny\n```'],
    ['x', 'Here:\n```\nx\n```', '```\nx\n```\n```\ny\n```'],
  ],
  'change_case:english_capital': [{}, ['HI 5!'], ['Hi', '5!']],
  'change_case:english_lowercase': [{}, ['hi 5!'], ['Hi', '5!']],
  'change_case:capital_word_frequency': [
    { capital_frequency: 2, capital_relation: 'exactly' },
    ['NOW and HERE'],
    ['NOW', 'A B C', 'Now Here'],
  ],
  'punctuation:no_comma': [{}, ['a; b'], ['a, b']],
  'startend:quotation': [{}, ['"a"', ' "a" '], ['a', '"a', '"', '“a”']],
  'startend:end_checker': [{ end_phrase: 'The end.' }, ['So. The end.', '"the end."'], ['The end. Not.', 'The end']],
  'startend:starts_with': [{ phrase: 'Dear' }, ['Dear all', ' dear'], ['My dear']],
  'language:response_language': [
    { language: 'fr' },
    ['Le chat est sur la table.'],
    ['The cat is on the table.', '5', 'Der Hund ist nicht auf dem Tisch.'],
  ],
}

it('there is a case for every rule', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(instructionRules).sort())
})

describe.each(Object.entries(cases))('%s', (id, [args, follow, miss]) => {
  it('is followed by what follows it', () => {
    for (const answer of follow) expect([answer, check(id, args, answer)]).toEqual([answer, true])
  })

  it('is not followed by what does not, nor by silence', () => {
    expect.hasAssertions()
    for (const answer of [...miss, '', ' \n'])
      if (!follow.includes(answer)) expect([answer, check(id, args, answer)]).toEqual([answer, false])
  })

  it('can be told to a model', () => {
    const instruction = makeInstruction(id, args)
    if (typeof instruction === 'string') throw new Error(instruction)
    expect(instruction.rule.describe(instruction.args)).toMatch(/^[A-Z].*\S$/s)
    expect(instruction.rule.describe(instruction.args)).not.toMatch(/undefined|NaN/)
  })
})

describe('reading instructions', () => {
  it.each<[JsonObject, RegExp]>([
    [{ instructions: 'x' }, /must be a list/],
    [{ instructions: ['x'] }, /object with an id/],
    [{ instructions: [{ num_words: 5 }] }, /"id"/],
    [{ instructions: [{ id: 'punctuation:no_coma' }] }, /Did you mean "punctuation:no_comma"/],
    [{ instructions: [{ id: 'toString' }] }, /no instruction/],
    [{ instructions: [{ id: 'punctuation:no_comma', extra: 1 }] }, /no argument "extra"/],
    [{ instructions: [{ id: 'keywords:existence' }] }, /"keywords" must be a list of at least one text; it is missing/],
    [{ instructions: [{ id: 'keywords:existence', keywords: [] }] }, /at least one text/],
    [{ instructions: [{ id: 'length_constraints:number_words', num_words: 2.5 }] }, /whole number/],
    [{ instructions: [{ id: 'length_constraints:number_words', num_words: 2, relation: 'about' }] }, /one of at least/],
    [{ instructions: [{ id: 'length_constraints:words' }] }, /needs "min" or "max"/],
    [{ instructions: [{ id: 'detectable_format:json_schema', schema: { type: 'x' } }] }, /JSON Schema/],
    [{ instructions: [{ id: 'content:matches', pattern: '(' }] }, /regular expression/i],
    [{ instructions: [{ id: 'language:response_language', language: 'tlh' }] }, /cannot be told/],
    [{ instruction_id_list: [{}] }, /list of texts/],
    [{ instruction_id_list: ['punctuation:no_comma'], kwargs: 'x' }, /"kwargs"/],
  ])('%j', (item, message) => expect(readInstructions(item)).toMatch(message))

  it('takes IFEval items as they are, and lists in a CSV column as JSON', () => {
    const ifeval = {
      instruction_id_list: ['punctuation:no_comma', 'keywords:existence'],
      kwargs: [{ relation: null }, { keywords: ['a'] }],
    }
    expect(readInstructions(ifeval)).toHaveLength(2)
    expect(readInstructions({ instructions: '[{"id": "punctuation:no_comma"}]' })).toHaveLength(1)
    expect(readInstructions({})).toEqual([])
  })

  it('refuses constraints that no rule can check', () => {
    expect(readConstraints({ constraints: { tone: 'friendly' } })).toMatch(/tone cannot be checked by a rule.*judge/)
    expect(readConstraints({ constraints: { format: 'haiku' } })).toMatch(/one of json, numbered_list/)
    expect(readConstraints({ constraints: { max_words: 'five' } })).toMatch(/whole number/)
    expect(readConstraints({ constraints: [] })).toMatch(/must be an object/)
    expect(readConstraints({ constraints: { include_keywords: 'one' } })).toHaveLength(1)
    expect(readConstraints({ constraints: { format: null } })).toEqual([])
  })
})

it('loose readings drop the first line, the last line, both, and asterisks', () => {
  expect(relaxedAnswers('a\n*b*\nc')).toEqual(['a\n*b*\nc', '*b*\nc', 'a\n*b*', '*b*', 'a\nb\nc', 'b\nc', 'a\nb', 'b'])
})

it.each([
  ['en', 'The weather is fine today and we go to the park.'],
  ['de', 'Das Wetter ist heute schön und wir gehen in den Park.'],
  ['fr', 'Le temps est beau et nous allons dans le parc.'],
  ['es', 'El tiempo es bueno y vamos al parque con los niños.'],
  ['it', 'Il tempo è bello e andiamo al parco con gli amici.'],
  ['pt', 'O tempo está bom e vamos para o parque com as crianças.'],
  ['nl', 'Het weer is mooi en we gaan naar het park met de kinderen.'],
  ['ru', 'Сегодня хорошая погода, и мы идём в парк.'],
  ['uk', 'Сьогодні гарна погода, і ми йдемо до парку.'],
  ['bg', 'Днес времето е хубаво и ние отиваме на разходка с децата.'],
  ['ar', 'الطقس جميل اليوم في المدينة و نحن من هنا'],
  ['fa', 'امروز هوا خوب است و ما به پارک می رویم'],
  ['hi', 'आज मौसम अच्छा है और हम पार्क में हैं।'],
  ['ja', '今日は天気がいいので公園に行きます。'],
  ['zh', '今天天气很好，我们去公园。'],
  ['ko', '오늘은 날씨가 좋아서 공원에 갑니다.'],
  ['th', 'วันนี้อากาศดีเราไปสวนสาธารณะ'],
  ['el', 'Ο καιρός είναι καλός σήμερα.'],
])('tells %s', (code, text) => expect(languageOf(text)).toBe(code))
