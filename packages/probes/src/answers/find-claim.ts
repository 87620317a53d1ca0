import { indexOfWords, normalizeText } from '../scorers/normalize-text.ts'
import { splitSentences } from './split-text.ts'

/**
 * What a text says of a reference: that it is the answer, that it is not, that it is one of several, or nothing.
 */
export type Claim = 'asserted' | 'denied' | 'hedged' | 'absent'

const clauseEnd = /[,;:.!?()\n\u2014\u2013]+\s|\s(?=(?:and|but|while|whereas|although|though)\s)/iu
/** What follows these words is a reason or a comparison, not the claim. */
const aside = /\s(?=(?:because|since|given|than|unlike|instead of|rather than|as opposed to|compared)\b)/iu
const asideStart = /^\s*(?:because|since|given|than|unlike|instead of|rather than|as opposed to|compared)\b/iu
const negation =
  /\b(?:not|never|neither|nor|cannot|isnt|wasnt|arent|werent|doesnt|didnt|dont|cant|couldnt|wouldnt|wont|hasnt|havent|wrong|incorrect|false|untrue|myth)\b/u

/**
 * Whether `text` claims that `reference` is the answer. It reads clause by clause, so that "Paris, not Lyon" asserts
 * Paris and denies Lyon; the last clause that mentions the reference counts. A list joined with "or" is a hedge.
 * Questions, reasons ("because ...") and comparisons ("than ...") claim nothing.
 *
 * It is a rule of thumb about English: irony, and synonyms joined with "or", are read wrongly.
 */
export function findClaim(text: string, reference: string): Claim {
  if (normalizeText(text) === normalizeText(reference)) return 'asserted'
  let claim: Claim = 'absent'
  for (const sentence of splitSentences(text)) {
    if (/\?["'\u201d\u2019)*_]*$/u.test(sentence) || indexOfWords(sentence, reference) < 0) continue
    claim = claimInSentence(sentence, reference) ?? claim
  }
  return claim
}

function claimInSentence(sentence: string, reference: string): Claim | undefined {
  if (isListedWithOr(sentence, reference)) return 'hedged'
  const clauses = sentence.split(clauseEnd).flatMap((clause) => clause.split(aside))
  const mentioning = clauses.filter((clause) => indexOfWords(clause, reference) >= 0)
  // A reference that is itself several clauses ("Washington, D.C.") is looked for in the whole sentence.
  if (mentioning.length === 0) return isDenied(sentence, reference) ? 'denied' : 'asserted'
  const claiming = mentioning.filter((clause) => !asideStart.test(clause))
  const last = claiming.at(-1)
  if (last === undefined) return undefined
  return isDenied(last, reference) ? 'denied' : 'asserted'
}

/** Looks for a negation outside of the reference itself, which may be "not guilty". */
function isDenied(clause: string, reference: string): boolean {
  const rest = normalizeText(clause).replaceAll(normalizeText(reference), ' ')
  return negation.test(rest)
}

const element = String.raw`(?:[\p{L}\p{N}.'’-]+\s+){0,3}[\p{L}\p{N}.'’-]+`
const listAfter = new RegExp(String.raw`^\s*(?:,\s*${element}){0,9},?\s*(?:\bor\b|/\s*\p{L})`, 'iu')
const listBefore = /(?:\bor\s+|\beither\s+|\p{L}\s*\/\s*)(?:the\s+|an?\s+|maybe\s+|perhaps\s+)?["'\u201c*_]*$/iu

function isListedWithOr(sentence: string, reference: string): boolean {
  const at = sentence.toLowerCase().indexOf(reference.trim().toLowerCase())
  if (at < 0) return false
  return listBefore.test(sentence.slice(0, at)) || listAfter.test(sentence.slice(at + reference.trim().length))
}
