import { createContext, Script } from 'node:vm'
import { InsideLLMsError } from '@insidellms/core/driver'
import { quote, type Score } from './score.ts'

/** Milliseconds for one match. A sane pattern needs less than one. */
const timeLimitMs = 1000

const script = new Script('pattern.test(text)')
let sandbox: { pattern: RegExp; text: string } | undefined

/** 1 when the pattern matches anywhere in the answer; anchor it with ^ and $ to match all of it. See `testPattern`. */
export function scoreRegex(answer: string, pattern: string, flags = 'u'): Score {
  const matches = testPattern(pattern, answer, flags)
  return {
    score: matches ? 1 : 0,
    reason: `${quote(answer)} ${matches ? 'matches' : 'does not match'} /${pattern}/${flags}.`,
  }
}

/**
 * Tests a pattern from a dataset. JavaScript's engine backtracks, and a pattern such as `(a+)+$` can take for ever on a
 * hostile answer: after one second it is stopped, and the item is an error and never a score, because where the limit
 * falls depends on the machine. The process does nothing else while it waits.
 *
 * @throws {InsideLLMsError} `invalid_request` for a pattern that is none, or that takes too long.
 */
export function testPattern(pattern: string, text: string, flags = 'u'): boolean {
  let compiled: RegExp
  try {
    compiled = new RegExp(pattern, flags.replaceAll(/[gy]/gu, ''))
  } catch (error) {
    throw new InsideLLMsError(
      'invalid_request',
      `/${pattern}/${flags} is no regular expression: ${(error as Error).message}`,
      { cause: error },
    )
  }
  sandbox ??= createContext({ pattern: compiled, text }) as { pattern: RegExp; text: string }
  Object.assign(sandbox, { pattern: compiled, text })
  try {
    return script.runInContext(sandbox, { timeout: timeLimitMs }) as boolean
  } catch (error) {
    throw new InsideLLMsError(
      'invalid_request',
      `/${pattern}/${flags} took more than ${timeLimitMs} ms on an answer of ${text.length} characters. Write it without nested repetition.`,
      { cause: error },
    )
  }
}
