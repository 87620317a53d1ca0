import { format } from 'node:util'
import { alone } from './alone.ts'

/** Everything that is written while a function runs: on the console, on stdout and stderr, and as process warnings. */
export function captureOutput(run: () => Promise<void>): Promise<string> {
  return alone(() => capturedOutput(run))
}

async function capturedOutput(run: () => Promise<void>): Promise<string> {
  const written: string[] = []
  const restore: (() => void)[] = []
  const replace = <Name extends string>(target: Record<Name, unknown>, name: Name, replacement: unknown): void => {
    const original = target[name]
    target[name] = replacement
    restore.push(() => (target[name] = original))
  }
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const)
    replace(console, name, (...values: unknown[]) => written.push(format(...values)))
  for (const stream of [process.stdout, process.stderr])
    replace(stream, 'write', (chunk: unknown, ...rest: unknown[]) => {
      written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString())
      const done = rest.find((value) => typeof value === 'function') as (() => void) | undefined
      done?.()
      return true
    })
  const onWarning = (warning: Error): void => void written.push(format(warning))
  process.on('warning', onWarning)
  try {
    await run()
    // Warnings are emitted on the next tick.
    await new Promise((resolve) => setTimeout(resolve, 5))
  } finally {
    process.off('warning', onWarning)
    for (const undo of restore) undo()
  }
  return written.join('\n')
}

/** Rejections that nobody handled while a function ran. Other listeners, such as a test runner's, do not see them. */
export function captureRejections(run: () => Promise<void>): Promise<unknown[]> {
  return alone(() => capturedRejections(run))
}

async function capturedRejections(run: () => Promise<void>): Promise<unknown[]> {
  const rejections: unknown[] = []
  const others = process.listeners('unhandledRejection')
  const listen = (reason: unknown): void => void rejections.push(reason)
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', listen)
  try {
    await run()
    await new Promise((resolve) => setTimeout(resolve, 50))
  } finally {
    process.off('unhandledRejection', listen)
    for (const other of others) process.on('unhandledRejection', other)
  }
  return rejections
}
