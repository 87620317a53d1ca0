import { InsideLLMsError } from '@insidellms/core/driver'
import { type FoundNumber, findNumbers, readNumber } from '../answers/find-numbers.ts'
import { quote, type Score } from './score.ts'

export interface NumericOptions {
  /** Greatest allowed distance from the reference. Default: 0. */
  tolerance?: number
  /** The same as a share of the reference: 0.01 is 1 %. Default: 0. The wider of the two counts. */
  relativeTolerance?: number
}

/**
 * 1 when the answer, a number by itself or with words around one number, is the reference. `50%` is 50, and also 0.5
 * where the other side is no percentage. An answer with several different numbers is wrong: which one is meant is the
 * business of `extractFinalAnswer`.
 *
 * @throws {InsideLLMsError} `invalid_request` when the reference is no number or a tolerance is negative.
 */
export function scoreNumeric(answer: string, reference: string | number, options: NumericOptions = {}): Score {
  const { tolerance = 0, relativeTolerance = 0 } = options
  if (!(tolerance >= 0) || !(relativeTolerance >= 0))
    throw new InsideLLMsError('invalid_request', 'A tolerance must be a number of 0 or more.')
  const wanted = typeof reference === 'number' ? { value: reference, percent: false } : readNumber(reference)
  if (wanted === undefined)
    throw new InsideLLMsError('invalid_request', `The reference ${quote(String(reference))} is no number.`)
  const found = findNumbers(answer)
  const said = found[0]
  if (said === undefined) return { score: 0, reason: `There is no number in ${quote(answer)}.` }
  if (found.some(({ value, percent }) => value !== said.value || percent !== said.percent))
    return { score: 0, reason: `${quote(answer)} has more than one number.` }
  const close = meanings(said, wanted).some(([a, b]) => isClose(a, b, tolerance, relativeTolerance))
  const within = tolerance > 0 || relativeTolerance > 0 ? ' within the tolerance' : ''
  return { score: close ? 1 : 0, reason: `${said.text} ${close ? 'is' : 'is not'} ${reference}${within}.` }
}

type Quantity = Pick<FoundNumber, 'value' | 'percent'>

/** The pairs to compare: as written, and as fractions where one side alone is a percentage. */
function meanings(a: Quantity, b: Quantity): [number, number][] {
  const pairs: [number, number][] = [[a.value, b.value]]
  if (a.percent !== b.percent) pairs.push([a.percent ? a.value / 100 : a.value, b.percent ? b.value / 100 : b.value])
  return pairs
}

function isClose(a: number, b: number, tolerance: number, relativeTolerance: number): boolean {
  // One part in 10^12: 0.1 + 0.2 is 0.3 to a reader of decimals.
  const rounding = 1e-12 * Math.max(Math.abs(a), Math.abs(b))
  return Math.abs(a - b) <= Math.max(tolerance, relativeTolerance * Math.abs(b)) + rounding
}
