import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { readSettings } from '../read-settings.ts'
import { table } from '../table.ts'

export interface InfoOptions {
  modelArgs?: string
  json?: boolean
}

/** `insidellms info <model>`: what is known of a model without a request. */
export async function infoCommand(id: string, options: InfoOptions, context: CommandContext): Promise<number> {
  const registry = await context.registry()
  const model = await registry.models.get(id, readSettings('--model-args', options.modelArgs))
  try {
    const info = model.info()
    if (options.json) context.stdout.write(`${JSON.stringify(info, null, 2)}\n`)
    else
      context.stdout.write(
        table(
          Object.entries(info).map(([name, value]) => [
            name,
            value === null ? 'unknown' : typeof value === 'string' ? value : JSON.stringify(value),
          ]),
        ),
      )
    return exitCodes.ok
  } finally {
    await model.close()
  }
}
