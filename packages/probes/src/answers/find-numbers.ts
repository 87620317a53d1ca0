/** A number in a text. */
export interface FoundNumber {
  value: number
  /** Written with a percent sign; `value` is the figure before it. */
  percent: boolean
  /** As written. */
  text: string
  /** Index of its first character. */
  at: number
}

const digits = String.raw`\d{1,3}(?:[,\u00a0\u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+`
const numeral = new RegExp(
  String.raw`(?<![\p{L}\p{N}_.])([-\u2212\u2013]?)(?:[$€£¥]\s?)?(${digits})(?:[eE]([-+]?\d{1,3})(?![\p{L}\p{N}])|(?<!\/\d{1,9})\s?\/\s?(\d+)(?![\d/]))?(?![\p{L}_])(\s?%)?`,
  'gu',
)

/**
 * The numbers of a text, in order: decimals, thousands separated by commas or no-break spaces, fractions (3/4), exponents,
 * currency signs and percentages. English number words (`twelve`, `twenty-one`) are read only where there are no
 * digits at all, since "one" is more often a pronoun. A comma is never a decimal point.
 */
export function findNumbers(text: string): FoundNumber[] {
  const found: FoundNumber[] = []
  for (const match of text.matchAll(numeral)) {
    const [whole, sign, figure, exponent, divisor, percent] = match
    // "7-3" is a difference and "2019-2020" a range; "x = -3" is a negative number.
    const negative = sign !== '' && !/[\p{N})]\s?$|\p{L}$/u.test(text.slice(Math.max(0, match.index - 2), match.index))
    let value = Number(
      `${figure!.replaceAll(/[,\u00a0\u2009\u202f]/gu, '')}${exponent === undefined ? '' : `e${exponent}`}`,
    )
    if (divisor !== undefined) value /= Number(divisor)
    if (!Number.isFinite(value)) continue
    found.push({
      value: negative ? -value : value,
      percent: percent !== undefined,
      text: (negative ? whole : whole.slice(sign!.length)).trim(),
      at: match.index,
    })
  }
  return found.length > 0 ? found : findNumberWords(text)
}

/** The number that a text is, with nothing but white space, a currency sign or a final full stop around it. */
export function readNumber(text: string): FoundNumber | undefined {
  const trimmed = text.trim().replace(/\.$/u, '')
  const [only, ...others] = findNumbers(trimmed)
  return only !== undefined && others.length === 0 && only.text === trimmed ? only : undefined
}

const units = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value]),
)
const tens = new Map(
  'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ').map((word, index) => [word, (index + 2) * 10]),
)
const scales = new Map([
  ['hundred', 100],
  ['thousand', 1000],
  ['million', 1_000_000],
])
const numberWord = [...units.keys(), ...tens.keys(), ...scales.keys()].join('|')
const spelled = new RegExp(
  String.raw`(?<![\p{L}])(?:(minus|negative)\s+)?((?:${numberWord})(?:(?:[\s-]+(?:and\s+)?)(?:${numberWord}))*)(?![\p{L}])`,
  'giu',
)

function findNumberWords(text: string): FoundNumber[] {
  const found: FoundNumber[] = []
  for (const { 0: whole, 1: sign, 2: words, index } of text.matchAll(spelled)) {
    let total = 0
    let group = 0
    for (const word of words!.toLowerCase().split(/[\s-]+/u)) {
      const scale = scales.get(word)
      if (word === 'and') continue
      if (scale === undefined) group += units.get(word) ?? tens.get(word) ?? 0
      else if (scale === 100) group = Math.max(group, 1) * 100
      else {
        total += Math.max(group, 1) * scale
        group = 0
      }
    }
    const value = total + group
    found.push({ value: sign === undefined ? value : -value, percent: false, text: whole, at: index })
  }
  return found
}
