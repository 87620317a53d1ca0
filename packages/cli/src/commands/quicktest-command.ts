import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { readSettings } from '../read-settings.ts'
import { UsageError } from '../usage-error.ts'

export interface QuicktestOptions {
  model: string
  modelArgs?: string
  temperature?: string
  maxTokens?: string
}

/** `insidellms quicktest <prompt>`: one answer, as it comes. What is known of it goes to standard error. */
export async function quicktestCommand(
  prompt: string,
  options: QuicktestOptions,
  context: CommandContext,
): Promise<number> {
  const registry = await context.registry()
  const model = await registry.models.get(options.model, readSettings('--model-args', options.modelArgs))
  try {
    const stream = model.stream(prompt, {
      signal: context.signal,
      ...numberOption('--temperature', 'temperature', options.temperature),
      ...numberOption('--max-tokens', 'maxTokens', options.maxTokens),
    })
    const show = context.stdout.isTTY ? await terminalText() : (text: string) => text
    for await (const piece of stream) context.stdout.write(show(piece))
    context.stdout.write('\n')
    const { usage, finish, served, timing } = await stream.response
    const facts = [
      served.model ?? model.info().modelId,
      `${finish.kind}${finish.raw && finish.raw !== finish.kind ? ` (${finish.raw})` : ''}`,
      usage?.outputTokens === undefined ? '' : `${usage.inputTokens ?? '?'} + ${usage.outputTokens} tokens`,
      `${Math.round(timing.totalMs)} ms`,
    ]
    context.stderr.write(`${facts.filter(Boolean).join(' · ')}\n`)
    return exitCodes.ok
  } finally {
    await model.close()
  }
}

/** A model must not be able to move the cursor or rename the window. */
async function terminalText(): Promise<(text: string) => string> {
  const { visibleText } = await import('@insidellms/runner')
  return (text) => text.replaceAll(/[^\n\t]+/g, visibleText)
}

function numberOption(flag: string, name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {}
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`${flag} must be a number; it is "${text}".`)
  return { [name]: value }
}
