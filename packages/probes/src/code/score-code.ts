import type { JsonObject, JsonValue } from '@insidellms/core'
import { quote } from '../scorers/score.ts'
import { sameJson } from '../scorers/same-json.ts'
import { syntaxProblem } from './check-syntax.ts'
import { codeLanguage } from './code-language.ts'
import type { CodeSettings } from './code-settings.ts'
import { type ExtractedCode, extractCode } from './extract-code.ts'
import type { CodeTask } from './read-code-task.ts'
import { type CodeOutcome, runCode } from './run-code.ts'

export interface CodeScore {
  scores: Record<string, number>
  reason: string
  custom: JsonObject
}

interface Check {
  passed: boolean
  found: string
}

/**
 * Scores the code in an answer. `static` is the share of the checks that pass without running it: there is code, it has
 * no fault of syntax that can be seen, it defines the function, it has the patterns and none of the forbidden ones. With
 * `execute`, `passed` is 1 when all tests pass, and `tests` their share.
 *
 * @param buggy The code to be mended, for a fix: an answer that leaves it as it is fails a check.
 */
export async function scoreCode(
  answer: string,
  task: CodeTask,
  settings: CodeSettings,
  buggy?: string,
): Promise<CodeScore> {
  const extracted = extractCode(answer, task.language, {
    ...(task.entryPoint !== undefined && { entryPoint: task.entryPoint }),
    prefer: buggy === undefined ? 'first' : 'last',
  })
  const checks = staticChecks(extracted, task, buggy)
  const read = extracted === undefined ? '' : `Read ${extracted.how}. `
  const failed = checks.filter(({ passed }) => !passed).map(({ found }) => found)
  const share = checks.filter(({ passed }) => passed).length / checks.length
  const seen =
    failed.length === 0 ? `All ${checks.length} static checks pass` : `Static checks fail: ${failed.join('; ')}`
  if (!settings.execute)
    return {
      scores: { static: share },
      reason: `${read}${seen}. The code was not run.`,
      custom: { verdict_by: 'static checks' },
    }
  const ran = extracted === undefined ? noCode(task) : await execute(extracted.code, task, settings)
  return {
    scores: { passed: ran.share === 1 ? 1 : 0, tests: ran.share, static: share },
    reason: `${read}${ran.reason} ${seen}.`,
    custom: { verdict_by: 'execution' },
  }
}

function staticChecks(extracted: ExtractedCode | undefined, task: CodeTask, buggy: string | undefined): Check[] {
  const code = extracted?.code ?? ''
  const has = (pattern: string): boolean => squeeze(code).includes(squeeze(pattern))
  const problem = extracted === undefined ? 'there is nothing to read' : syntaxProblem(code, task.language)
  const checks: Check[] = [
    { passed: extracted !== undefined, found: 'the answer has no code' },
    { passed: problem === undefined, found: `syntax: ${problem ?? ''}` },
  ]
  if (task.entryPoint !== undefined)
    checks.push({
      passed: defines(code, task.entryPoint, task.language),
      found: `it does not define ${task.entryPoint}`,
    })
  for (const pattern of task.patterns) checks.push({ passed: has(pattern), found: `it lacks ${quote(pattern)}` })
  for (const pattern of task.forbiddenPatterns)
    checks.push({ passed: extracted !== undefined && !has(pattern), found: `it has ${quote(pattern)}` })
  if (buggy !== undefined)
    checks.push({ passed: extracted !== undefined && squeeze(code) !== squeeze(buggy), found: 'the code is unchanged' })
  return checks
}

/** White space is style, except that it must part words. */
function squeeze(text: string): string {
  return text
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/ ?([^\p{L}\p{N}_ ]) ?/gu, '$1')
    .trim()
}

function defines(code: string, name: string, language: string): boolean {
  const escaped = name.replaceAll('$', String.raw`\$`)
  const forms =
    codeLanguage(language) === 'python'
      ? String.raw`^[^\S\n]*(?:(?:async\s+)?def|class)\s+${escaped}\b|^${escaped}\s*=`
      : String.raw`\b(?:function\s*\*?|class|const|let|var|def|fn|func)\s+${escaped}\b|\b${escaped}\s*(?:=|\([^)]*\)\s*\{)`
  return new RegExp(forms, 'mu').test(code)
}

interface Ran {
  share: number
  reason: string
}

function noCode({ tests, checks }: CodeTask): Ran {
  return { share: 0, reason: `None of ${tests.length + checks.length} tests could run.` }
}

async function execute(code: string, task: CodeTask, settings: CodeSettings): Promise<Ran> {
  const { tests, checks, entryPoint } = task
  const run = await runCode(
    {
      language: codeLanguage(task.language)!,
      code,
      calls: tests.map(({ args }) => args),
      checks,
      ...(entryPoint !== undefined && { entryPoint }),
    },
    settings,
  )
  const failures = [
    ...tests.flatMap((test, index) =>
      testFailure(run.calls[index], test.expected, `${entryPoint ?? ''}(${showArguments(test.args)})`),
    ),
    ...checks.flatMap((source, index) => checkFailure(run.checks[index], source)),
  ]
  const total = tests.length + checks.length
  const passed = total - failures.length
  const stopped = run.stopped === undefined ? '' : ` Stopped: ${run.stopped}.`
  const first = failures[0] === undefined || run.stopped !== undefined ? '' : ` First failure: ${failures[0]}.`
  return { share: passed / total, reason: `${passed} of ${total} tests pass.${stopped}${first}` }
}

function testFailure(outcome: CodeOutcome | undefined, expected: JsonValue, call: string): string[] {
  if (outcome === undefined) return [`${call} did not run`]
  if (outcome.error !== undefined) return [`${call} threw ${quote(outcome.error)}`]
  if (sameJson(outcome.value as JsonValue | undefined, expected)) return []
  return [`${call} gave ${quote(JSON.stringify(outcome.value) ?? 'nothing')}, not ${quote(JSON.stringify(expected))}`]
}

function checkFailure(outcome: CodeOutcome | undefined, source: string): string[] {
  if (outcome === undefined) return [`${quote(source)} did not run`]
  return outcome.error === undefined ? [] : [`${quote(source)} threw ${quote(outcome.error)}`]
}

function showArguments(args: readonly JsonValue[]): string {
  const text = args.map((value) => JSON.stringify(value)).join(', ')
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
