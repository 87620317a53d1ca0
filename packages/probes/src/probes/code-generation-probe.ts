import type { DatasetItem, Probe, Settings } from '@insidellms/core'
import { readCodeSettings } from '../code/code-settings.ts'
import { type CodeTask, readCodeTask } from '../code/read-code-task.ts'
import { scoreCode } from '../code/score-code.ts'
import { isObject, promptFieldsAfter } from '../items/item-fields.ts'
import { describe, type ItemPrompt, readPrompt } from '../items/read-prompt.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { fillPrompt } from './prompt-template.ts'
import { sumUsage } from './sum-usage.ts'

/**
 * Code from a description. HumanEval's items (Chen et al. 2021, arXiv:2107.03374: `prompt`, `entry_point`, `test`) and
 * MBPP's (Austin et al. 2021, arXiv:2108.07732: `text`, `test_list`) can be used as they are.
 *
 * With `execute: true` the tests are run, see `runCode` for how and for what that protects from; `passed` is then the
 * primary metric. Without, nothing is run and the primary metric is `static`: see `scoreCode`. An item without tests or
 * patterns says only whether there is code without faults of syntax.
 */
export function createCodeGenerationProbe(settings: Settings = {}): Probe {
  const code = readCodeSettings('code_generation', settings)
  return defineProbe({
    name: 'code_generation',
    version: '1',
    primaryMetric: code.execute ? 'passed' : 'static',
    parse: (item) => parse(item, code.language, code.execute),
    async run(model, { prompt, task }) {
      const template = `Write ${task.language} code for this task. Answer with one code block and nothing else.\n\n{task}`
      const response = await model.respond(fillPrompt(template, prompt))
      const { scores, reason, custom } = await scoreCode(response.text, task, code)
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

interface GenerationItem {
  prompt: ItemPrompt
  task: CodeTask
}

function parse(item: DatasetItem, language: string, execute: boolean): GenerationItem | string {
  const object = typeof item === 'string' ? { task: item } : item
  if (!isObject(object)) return `The item must be an object with a task, or a text; it is ${describe(item)}.`
  const prompt = readPrompt(object, promptFieldsAfter('task', 'description', 'prompt', 'text'))
  if (typeof prompt === 'string') return prompt
  const task = readCodeTask(object, language, execute)
  return typeof task === 'string' ? task : { prompt, task }
}
