import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A child process that answers questions, one at a time.
 *
 * @typedef {object} Child
 * @property {(name: string, argument?: unknown) => Promise<any>} ask
 * @property {() => void} stop
 */

/**
 * @param {string} file Relative to `bench/`.
 * @param {string[]} [args]
 * @returns {Child}
 */
export function startChild(file, args = []) {
  const child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  return {
    ask: (name, argument) =>
      new Promise((resolve, reject) => {
        /** @param {{ value: unknown } | { error: string }} answer */
        const onMessage = (answer) => {
          child.off('exit', onExit)
          if ('error' in answer) reject(new Error(answer.error))
          else resolve(answer.value)
        }
        /** @param {number | null} code */
        const onExit = (code) => {
          child.off('message', onMessage)
          reject(new Error(`${file} ended with code ${code}.`))
        }
        child.once('message', onMessage)
        child.once('exit', onExit)
        child.send({ name, argument })
      }),
    stop: () => void child.kill(),
  }
}

/**
 * A child for as long as `work` takes, however it ends.
 *
 * @template T
 * @param {string} file
 * @param {string[]} args
 * @param {(child: Child) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withChild(file, args, work) {
  const child = startChild(file, args)
  try {
    return await work(child)
  } finally {
    child.stop()
  }
}

/**
 * The other end: answers what the parent asks.
 *
 * @param {Record<string, (argument: any) => unknown>} answers
 */
export function answerTo(answers) {
  process.on('message', async (/** @type {{ name: string, argument: unknown }} */ { name, argument }) => {
    try {
      process.send?.({ value: await answers[name]?.(argument) })
    } catch (error) {
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}

/**
 * What a piece of work cost this process.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<{ wallUs: number, cpuUs: number, peakRssMb: number }>}
 */
export async function measure(work) {
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  await work()
  const wallUs = (performance.now() - start) * 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  return { wallUs, cpuUs: user + system, peakRssMb: peakRssMb() }
}

/** On Linux `maxRSS` begins with the parent's size at the time of the fork, so the kernel's own mark is read instead. */
export function peakRssMb() {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    if (kilobytes !== undefined) return Number(kilobytes) / 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024
}
