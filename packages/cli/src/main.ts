import { CommanderError } from 'commander'
import type { CliStreams, CommandContext, GlobalOptions } from './command-context.ts'
import { createProgram } from './create-program.ts'
import { exitCodes } from './exit-codes.ts'
import { UsageError } from './usage-error.ts'

export type { CliStreams } from './command-context.ts'

/**
 * Runs one command line and gives its exit code; it never throws and never ends the process.
 *
 * @param args The arguments behind the command's name.
 */
export async function main(args: readonly string[], streams: CliStreams = process): Promise<number> {
  const interrupt = listenForInterrupt(streams)
  try {
    let code: number = exitCodes.ok
    const program = createProgram(streams, async (options, action) => {
      code = await action(createContext(streams, options, interrupt.signal))
    })
    await program.parseAsync(args, { from: 'user' })
    return interrupt.signal.aborted ? exitCodes.interrupted : code
  } catch (error) {
    return interrupt.signal.aborted ? exitCodes.interrupted : report(error, streams)
  } finally {
    interrupt.stop()
  }
}

function createContext(streams: CliStreams, options: GlobalOptions, signal: AbortSignal): CommandContext {
  return {
    stdout: streams.stdout,
    stderr: streams.stderr,
    signal,
    options,
    async registry(plugins) {
      const { createRegistry } = await import('./create-registry.ts')
      return createRegistry(options, plugins)
    },
  }
}

/** One sentence and no stack trace: a stack is for the author of a bug, and INSIDELLMS_DEBUG=1 shows it. */
function report(error: unknown, { stderr }: CliStreams): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const message = error instanceof Error ? error.message : String(error)
  stderr.write(`insidellms: ${message}\n`)
  if (process.env['INSIDELLMS_DEBUG'] === '1' && error instanceof Error) stderr.write(`${error.stack}\n`)
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failed
}

function listenForInterrupt({ stderr }: CliStreams): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController()
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    stderr.write('\nStopping; what is done is kept. Press Ctrl-C again to end at once.\n')
    controller.abort()
  }
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onInterrupt)
  return {
    signal: controller.signal,
    stop: () => {
      process.off('SIGINT', onInterrupt)
      process.off('SIGTERM', onInterrupt)
    },
  }
}
