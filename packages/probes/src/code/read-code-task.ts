import type { JsonObject, JsonValue } from '@insidellms/core'
import { isObject, parseStructured, readTexts } from '../items/item-fields.ts'
import { describe } from '../items/read-prompt.ts'
import { codeLanguage } from './code-language.ts'

/** A call of the asked function with what it must give. */
export interface CodeTest {
  args: JsonValue[]
  expected: JsonValue
}

/** What an item says about the code that it wants. */
export interface CodeTask {
  /** As the item or the probe names it. */
  language: string
  entryPoint?: string
  tests: CodeTest[]
  /** Sources that throw when the code is wrong: MBPP's `test_list`, HumanEval's `test`. */
  checks: string[]
  /** Texts that the code must have, white space aside. */
  patterns: string[]
  /** Texts that it must not have. */
  forbiddenPatterns: string[]
}

/** Reads what both code probes share; a text says what is wrong. */
export function readCodeTask(item: JsonObject, defaultLanguage: string, execute: boolean): CodeTask | string {
  const language = item['language'] ?? defaultLanguage
  if (typeof language !== 'string' || language === '') return `"language" must be a text; it is ${describe(language)}.`
  const entryPoint = item['entry_point'] ?? item['function_name'] ?? null
  if (entryPoint !== null && typeof entryPoint !== 'string') return '"entry_point" must be the name of a function.'
  const tests = readTests(parseStructured(item['tests'] ?? []))
  if (typeof tests === 'string') return tests
  if (tests.length > 0 && entryPoint === null) return '"tests" need an "entry_point": the name of the function to call.'
  const checks = readChecks(item, entryPoint)
  if (typeof checks === 'string') return checks
  const patterns = readTexts(item['patterns'] ?? item['fix_patterns'] ?? [])
  const forbiddenPatterns = readTexts(item['forbidden_patterns'] ?? item['bug_patterns'] ?? [])
  if (patterns === undefined || forbiddenPatterns === undefined) return 'Patterns must be texts.'
  if (execute && codeLanguage(language) === undefined)
    return `execute: true runs Python and JavaScript only; the item is in ${language}.`
  if (execute && tests.length + checks.length === 0)
    return 'execute: true needs "tests" (with "entry_point"), "test_list" or "test" to run.'
  return { language, tests, checks, patterns, forbiddenPatterns, ...(entryPoint !== null && { entryPoint }) }
}

function readTests(given: JsonValue): CodeTest[] | string {
  if (!Array.isArray(given)) return '"tests" must be a list of objects with "args" and "expected".'
  const tests: CodeTest[] = []
  for (const [index, entry] of given.entries()) {
    const test = isObject(entry) ? entry : {}
    const { args = [], expected } = test
    if (!Array.isArray(args) || expected === undefined)
      return `"tests"[${index}] must have "args", a list, and "expected".`
    tests.push({ args, expected })
  }
  return tests
}

/** HumanEval's `test` defines `check(candidate)`; MBPP's `test_list` are assertions. */
function readChecks(item: JsonObject, entryPoint: string | null): string[] | string {
  const checks = readTexts(item['test_list'] ?? [])
  if (checks === undefined) return '"test_list" must be a list of texts.'
  const { test } = item
  if (test === undefined || test === null) return checks
  if (typeof test !== 'string') return '"test" must be a text.'
  if (!/\bdef\s+check\s*\(|\bfunction\s+check\s*\(/u.test(test)) return [...checks, test]
  if (entryPoint === null) return '"test" defines check(candidate), so the item needs an "entry_point".'
  return [...checks, `${test}\ncheck(${entryPoint})`]
}
