import type { DatasetItem, Probe, Settings } from '@insidellms/core'
import { readCodeSettings } from '../code/code-settings.ts'
import { type CodeTask, readCodeTask } from '../code/read-code-task.ts'
import { scoreCode } from '../code/score-code.ts'
import { isObject } from '../items/item-fields.ts'
import { describe } from '../items/read-prompt.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { sumUsage } from './sum-usage.ts'

/**
 * Mending code, as in QuixBugs (Lin et al. 2017) and HumanEvalFix (Muennighoff et al. 2023, arXiv:2308.07124). The item
 * has the buggy `code`, perhaps the `error` that it gives, and what tells a fix: `tests` to run with `execute: true`;
 * `fix_patterns` that the mended code must have, `bug_patterns` that it must not.
 *
 * Scores as in `code_generation`; a static check more is that the code was changed at all.
 */
export function createCodeDebugProbe(settings: Settings = {}): Probe {
  const code = readCodeSettings('code_debug', settings)
  return defineProbe({
    name: 'code_debug',
    version: '1',
    primaryMetric: code.execute ? 'passed' : 'static',
    parse: (item) => parse(item, code.language, code.execute),
    async run(model, { source, error, task }) {
      const shown = error === undefined ? '' : `\n\nIt gives this error: ${error}`
      const response = await model.respond(
        `This ${task.language} code has a bug. Mend it. Answer with the whole mended code in one code block.\n\n\`\`\`${task.language}\n${source}\n\`\`\`${shown}`,
      )
      const { scores, reason, custom } = await scoreCode(response.text, task, code, source)
      return {
        output: response.text,
        scores,
        explanation: reason + finishNote(response),
        ...sumUsage([response.usage]),
        custom,
      }
    },
  })
}

interface DebugItem {
  source: string
  error?: string
  task: CodeTask
}

function parse(item: DatasetItem, language: string, execute: boolean): DebugItem | string {
  if (!isObject(item)) return `The item must be an object with "code"; it is ${describe(item)}.`
  const source = item['code'] ?? item['buggy_code']
  if (typeof source !== 'string' || source.trim() === '')
    return `"code" must be the buggy code; it is ${describe(source)}.`
  const { error } = item
  if (error !== undefined && error !== null && typeof error !== 'string') return '"error" must be a text.'
  const task = readCodeTask(item, language, execute)
  if (typeof task === 'string') return task
  return { source, task, ...(typeof error === 'string' && { error }) }
}
