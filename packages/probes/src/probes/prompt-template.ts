import type { ChatMessage } from '@insidellms/core'
import { InsideLLMsError } from '@insidellms/core/driver'
import type { ItemPrompt } from '../items/read-prompt.ts'

const placeholder = /\{(?:question|problem|prompt|task)\}/gu

/** @throws {InsideLLMsError} `config` when the template has no place for the item's text. */
export function checkPromptTemplate(probe: string, template: unknown): string {
  if (typeof template === 'string' && template.search(placeholder) >= 0) return template
  throw new InsideLLMsError(
    'config',
    `${probe}: promptTemplate must be a text with {question} in it, where the item's question goes ({problem}, {prompt} and {task} mean the same).`,
  )
}

/** The item's text in the probe's prompt; a whole chat goes as it is. */
export function fillPrompt(template: string, prompt: ItemPrompt, addition = ''): string | ChatMessage[] {
  if ('messages' in prompt) return prompt.messages
  return template.replaceAll(placeholder, () => `${prompt.text}${addition}`)
}
