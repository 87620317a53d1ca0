import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inferAnswerKind } from '../src/answers/answer-kind.ts'
import { findNumbers, readNumber } from '../src/answers/find-numbers.ts'
import { findClaim } from '../src/answers/find-claim.ts'
import { findMarkedAnswer } from '../src/answers/marked-answer.ts'
import { readVerdict } from '../src/answers/read-verdict.ts'
import { splitSentences } from '../src/answers/split-text.ts'
import { stripReasoning } from '../src/answers/strip-reasoning.ts'
import { splitSteps } from '../src/answers/split-steps.ts'
import { extractFinalAnswer } from '../src/index.ts'

describe('numbers', () => {
  it.each([
    ['1 and 2', [1, 2]],
    ['7-3 = 4', [7, 3, 4]],
    ['x = -4', [-4]],
    ['(-4)', [-4]],
    ['It is -4 now', [-4]],
    ['7 -3', [7, 3]],
    ['COVID-19', [19]],
    ['from 2019-2020', [2019, 2020]],
    ['3.14.', [3.14]],
    ['1,234,567', [1234567]],
    ['1, 2, 3', [1, 2, 3]],
    ['12,34', [12, 34]],
    ['v2 and x3', []],
    ['3rd', []],
    ['5kg', []],
    ['5 kg', [5]],
    ['€1.50', [1.5]],
    ['-$5', [-5]],
    ['.5', [0.5]],
    ['6.02e23', [6.02e23]],
    ['1/2', [0.5]],
    ['1/0', []],
    ['1/2/2024', [1, 2, 2024]],
    ['twenty-one', [21]],
    ['minus three', [-3]],
    ['nobody, someone', []],
    ['one of them is 5', [5]],
    ['\u0661\u0662', []],
  ])('%s', (text, values) => expect(findNumbers(text).map(({ value }) => value)).toEqual(values))

  it('a number is one with nothing around it', () => {
    for (const text of ['5', '-5', '5.', '50%', '$5', '1,000']) expect(readNumber(text)).toBeDefined()
    for (const text of ['5 kg', 'about 5', '5 6', '', 'five apples', '1984 (novel)'])
      expect(readNumber(text)).toBeUndefined()
  })
})

describe('sentences', () => {
  it.each([
    ['It is 3.5 km. It is far.', 2],
    ['One\nTwo', 2],
    ['J. R. Tolkien wrote it.', 1],
    ['Really?! Yes.', 2],
    ['He said "no." Then he left.', 2],
    ['', 0],
    ['東京です。大阪です。', 2],
  ])('%s: %i', (text, count) => expect(splitSentences(text)).toHaveLength(count))
})

describe('the kind of an answer', () => {
  it.each([
    [['yes'], 'boolean'],
    [['True'], 'boolean'],
    [['96'], 'number'],
    [['1,000', '1000'], 'number'],
    [['Paris'], 'text'],
    [['4', 'four apples'], 'text'],
    [['no', 'never'], 'text'],
    [[], 'text'],
  ])('%s: %s', (references, kind) => expect(inferAnswerKind(references)).toBe(kind))
})

describe('the marked answer', () => {
  it.each([
    ['Answer: 5', '5'],
    ['**Final answer:** *5*', '5'],
    ['Answer: a\nAnswer: b', 'b'],
    ['The answer is not 5.\nAnswer: 6', '6'],
    ['So the correct answer is B) Paris.', 'B) Paris.'],
    ['Answer:\n\n**yes**', 'yes'],
    ['\\boxed{\\frac{3}{4}}', '3/4'],
    ['\\boxed{a{b}c}', 'a{b}c'],
    ['Answer: 1\nWait: \\boxed{2}', '2'],
    ['\\boxed{2}, so the answer is 3', '3'],
    ['#### 72', '72'],
    ['{"answer": "Paris"}', '"Paris"}'],
    ['The answer is “yes”.', 'yes.'],
  ])('%s', (text, answer) => expect(findMarkedAnswer(text)?.text).toBe(answer))

  it.each([
    '',
    'Answer:',
    'No mark here',
    'questions and answers',
    'An answer is due',
    '\\boxed{unclosed',
    'The answer is not 5.',
  ])('none in: %s', (text) => expect(findMarkedAnswer(text)).toBeUndefined())
})

describe('the verdict', () => {
  it.each([
    ['Yes.', 'yes'],
    ['yes', 'yes'],
    ['**No**', 'no'],
    ['Yes it does', 'yes'],
    ['No it does not', 'no'],
    ['No rose is blue.', undefined],
    ['It is not true.', 'no'],
    ['It isn’t true.', 'no'],
    ['Not false.', 'yes'],
    ['This is not necessarily true.', 'no'],
    ['It is true that A, but it is far.', undefined],
    ['Yes or no? No.', 'no'],
    ['Yes. No.', 'no'],
    ['Yes and no.', undefined],
    ['No. Wait, it is so: yes.', undefined],
    ['no-one', undefined],
    ['I know', undefined],
    ['', undefined],
    ['TRUE', 'yes'],
    ['The claim is false, since 9 = 3 * 3.', 'no'],
  ])('%s: %s', (text, verdict) => expect(readVerdict(text)).toBe(verdict))
})

describe('the claim', () => {
  it.each([
    ['Paris', 'asserted'],
    ['It is Paris.', 'asserted'],
    ['Not Paris.', 'denied'],
    ['Paris is not the capital.', 'denied'],
    ['Paris, not Lyon', 'asserted'],
    ['Lyon, not Paris', 'denied'],
    ['It is not Lyon but Paris', 'asserted'],
    ['Paris or Lyon', 'hedged'],
    ['Lyon, Paris, or Nice', 'hedged'],
    ['either Paris or Lyon', 'hedged'],
    ['Lyon/Paris', 'hedged'],
    ['Is it Paris?', 'absent'],
    ['Lyon is larger than Paris', 'absent'],
    ['Lyon, because Paris is too far', 'absent'],
    ['Parisian', 'absent'],
    ['It is Paris. No, it is not Paris.', 'denied'],
    ['Not Paris. Well, it is Paris.', 'asserted'],
    ['', 'absent'],
  ])('%s: %s', (text, claim) => expect(findClaim(text, 'Paris')).toBe(claim))

  it('a reference may itself deny, or have a comma', () => {
    expect(findClaim('The verdict: not guilty.', 'not guilty')).toBe('asserted')
    expect(findClaim('It is Washington, D.C., of course.', 'Washington, D.C.')).toBe('asserted')
    expect(findClaim('It is not Washington, D.C.', 'Washington, D.C.')).toBe('denied')
    expect(findClaim('That is false.', 'false')).toBe('asserted')
  })
})

describe('the final answer', () => {
  it.each([
    ['2 + 2 is 4, and 4 + 1 is 5.', '5'],
    ['It is **12**, from 3 * 4.', '12'],
    ['96 is 12 times 8.', '96'],
    ['12 * 8 = 96', '96'],
    ['Answer: 3 + 4 = 7', '7'],
    ['Answer: 96 (12 times 8)', '96'],
    ['The answer is 5, because 2 + 2 = 4 and 4 + 1 = 5.', '5'],
    ['Answer: 94, 95 or 96', undefined],
    ['none', undefined],
  ])('a number in %s', (text, answer) => expect(extractFinalAnswer(text, 'number')?.text).toBe(answer))

  it('of a long text is its first and last sentence', () => {
    const middle = 'It is said that Lyon was the capital once. '.repeat(10)
    const found = extractFinalAnswer(`The capital is Paris. ${middle}So much for that.`, 'text')
    expect(found).toEqual({ text: 'The capital is Paris.\nSo much for that.', how: 'the first and last sentence' })
  })

  it('is nowhere in thoughts', () => {
    expect(stripReasoning('<think>a</think>b')).toBe('b')
    expect(stripReasoning('a</think>b')).toBe('b')
    expect(stripReasoning('a<think>b')).toBe('a')
    expect(stripReasoning('<think>a<think>b</think>c</think>d')).toBe('d')
    expect(stripReasoning('<thinking>\na\n</thinking>\n\nb')).toBe('b')
    expect(stripReasoning('a < b > c')).toBe('a < b > c')
    expect(extractFinalAnswer('<think>5', 'number')).toBeUndefined()
  })

  it('is a part of the text, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const kind of ['boolean', 'number', 'text'] as const) {
          const found = extractFinalAnswer(text, kind)
          if (kind === 'boolean') expect([undefined, 'yes', 'no']).toContain(found?.text)
          else if (found !== undefined) expect(found.text.length).toBeLessThanOrEqual(text.length + 1)
        }
      }),
      { numRuns: 300 },
    )
  })
})

it('steps are found by their headings', () => {
  expect(splitSteps('Step 1: a\n**Step 2:** b\n### Step 3\nc', 3)).toEqual({ parts: ['a', 'b', 'c'], inOrder: true })
  expect(splitSteps('Step 2: b\nStep 1: a', 2)).toEqual({ parts: ['a', 'b'], inOrder: false })
  expect(splitSteps('Step 1: a\nmore\nStep 1: again', 1)).toEqual({ parts: ['a\nmore\nagain'], inOrder: true })
  expect(splitSteps('In step 1 we wait. Step 1: a', 1)).toEqual({ parts: [undefined], inOrder: false })
  expect(splitSteps('Step 10: x', 1)).toEqual({ parts: [undefined], inOrder: false })
})
