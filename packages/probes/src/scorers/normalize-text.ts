/**
 * One form for texts that differ in typography only: Unicode NFKC, lower case, no punctuation, no English articles,
 * single spaces.
 *
 * It keeps what carries meaning: a decimal point, a minus before a digit, `+` and `#` after a letter (C++, C#), a
 * capital A inside a sentence (vitamin A), and everything when nothing else would be left. Diacritics stay: "Malmö" is
 * not "Malmo".
 */
export function normalizeText(text: string): string {
  if (text.length > longestKept) return normalize(text)
  let normal = known.get(text)
  if (normal === undefined) {
    if (known.size >= mostKept) known.clear()
    known.set(text, (normal = normalize(text)))
  }
  return normal
}

/** Scoring one answer asks for the same few texts about ten times, and each takes as long as the rest of the scoring. */
const known = new Map<string, string>()
const mostKept = 1000
const longestKept = 1000

function normalize(text: string): string {
  const plain = text.normalize('NFKC').trim().replaceAll(/\s+/gu, ' ')
  const words = plain
    .replaceAll(/[\u2018\u2019\u02bc`]/gu, "'")
    .replaceAll(/[\u2212\u2010-\u2015](?=\d)/gu, '-')
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/gu, '')
    .replaceAll(/(?<=\d)\.(?=\d)/gu, '\u0001')
    .replaceAll(/(?<![\p{L}\p{N}])-(?=\d)/gu, '\u0002')
    .replaceAll(/(?<=\p{L}[+]?)\+|(?<=\p{L})#/gu, (sign) => (sign === '+' ? '\u0003' : '\u0004'))
    .replaceAll(/['.]/gu, '')
    .replaceAll(/[\p{P}\p{S}]/gu, ' ')
    .replaceAll('\u0001', '.')
    .replaceAll('\u0002', '-')
    .replaceAll('\u0003', '+')
    .replaceAll('\u0004', '#')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .replaceAll(/(?<![\p{L}\p{N}])(?:[Tt]he|THE|[Aa]n|a)(?=\s\S)/gu, ' ')
    .replace(/^A(?=\s\p{Ll})/u, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .toLowerCase()
  return words === '' ? plain.toLowerCase() : words
}

/** The words of the normalised text. */
export function normalizedTokens(text: string): string[] {
  return normalizeText(text).split(' ').filter(Boolean)
}

/** Scripts that write without spaces, where a word cannot be told from its neighbours by looking. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/**
 * Where `part` stands in `whole` as whole words, as an index into `normalizeText(whole)`; -1 when it does not. In
 * scripts without spaces, as any part of the text.
 */
export function indexOfWords(whole: string, part: string, from = 0): number {
  const text = normalizeText(whole)
  const sought = normalizeText(part)
  if (sought === '') return -1
  for (let at = text.indexOf(sought, from); at >= 0; at = text.indexOf(sought, at + 1)) {
    if (unspaced.test(sought)) return at
    const end = at + sought.length
    if ((at === 0 || text[at - 1] === ' ') && (end === text.length || text[end] === ' ')) return at
  }
  return -1
}
