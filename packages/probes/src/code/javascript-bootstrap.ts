/** What the sandbox is given on its standard input. */
export interface SandboxInput {
  code: string
  entryPoint?: string
  /** Arguments of each call. The expected values stay outside. */
  calls: unknown[][]
  /** Sources that throw when the answer is wrong. */
  checks: string[]
  /** Goes with the outcome of a check. */
  token: string
}

/** One line of what it says on descriptor 3. */
export interface SandboxLine {
  /** The code could not be loaded. */
  load?: string
  call?: number
  check?: number
  /** What a call gave. Absent for undefined. */
  value?: unknown
  error?: string
  token?: string
  done?: true
}

/**
 * Runs inside the child process: its source is handed to `node --eval`. It must use nothing from outside itself.
 *
 * The answer runs in a context of its own, which has the language and `console`, `setTimeout`, `structuredClone` by
 * JSON and `assert`, and no way to load a module. Evaluation of strings is off in the whole process.
 */
export function javascriptBootstrap(): void {
  'use strict'
  const { readFileSync, writeSync } = process.getBuiltinModule('node:fs')
  const { createContext, runInContext } = process.getBuiltinModule('node:vm')
  const input = JSON.parse(readFileSync(0, 'utf8')) as SandboxInput

  const write = (descriptor: number, text: string): void => {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(descriptor, bytes, at)
      } catch (error) {
        if ((error as { code?: string }).code !== 'EAGAIN') throw error
      }
    }
  }
  const say = (line: SandboxLine): void =>
    write(
      3,
      `${JSON.stringify(line, (_key, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value))}\n`,
    )
  const explain = (error: unknown): string => {
    try {
      const { name, message } = error as Error
      return message === undefined ? String(error) : `${name}: ${message}`
    } catch {
      return 'an error that cannot be read'
    }
  }

  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } })
  const prelude = `(print, later, never) => {
    const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? String(value))
    const log = (...values) => print(values.map(text).join(' ') + '\\n')
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)
    const fail = (message) => { throw new Error(message ?? 'assertion failed') }
    const assert = (condition, message) => { if (!condition) fail(message) }
    assert.ok = assert
    assert.equal = assert.strictEqual = (a, b, message) => { if (a !== b) fail(message ?? text(a) + ' is not ' + text(b)) }
    assert.deepEqual = assert.deepStrictEqual = (a, b, message) => { if (!same(a, b)) fail(message ?? text(a) + ' is not ' + text(b)) }
    globalThis.assert = assert
    globalThis.console = { log, info: log, warn: log, error: log, debug: log, assert }
    globalThis.setTimeout = (callback, delay, ...args) => later(() => callback(...args), Number(delay) || 0)
    globalThis.clearTimeout = (id) => never(id)
    globalThis.structuredClone = (value) => JSON.parse(JSON.stringify(value))
    globalThis.module = { exports: {} }
    globalThis.exports = globalThis.module.exports
    return JSON.parse
  }`
  const timers = new Map<number, ReturnType<typeof setTimeout>>()
  const setUp = runInContext(prelude, context) as (...helpers: unknown[]) => (text: string) => unknown
  const parse = setUp(
    (text: string) => write(1, text),
    (callback: () => void, delay: number) => {
      const id = timers.size + 1
      timers.set(id, setTimeout(callback, delay))
      return id
    },
    (id: number) => clearTimeout(timers.get(id)),
  )

  const find = (name: string): unknown => {
    // By name: a top-level const is no property of the global object.
    const direct = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
      ? (runInContext(`typeof ${name} === 'undefined' ? undefined : ${name}`, context) as unknown)
      : undefined
    const exported = runInContext('module.exports', context) as Record<string, unknown>
    return direct ?? (typeof exported === 'function' ? exported : exported[name])
  }

  const run = async (): Promise<void> => {
    try {
      runInContext(input.code, context, { filename: 'answer.js' })
    } catch (error) {
      say({ load: explain(error) })
      return
    }
    const entry = input.entryPoint === undefined ? undefined : find(input.entryPoint)
    if (input.calls.length > 0 && typeof entry !== 'function') {
      say({ load: `there is no function ${input.entryPoint}` })
      return
    }
    for (const [index, args] of input.calls.entries()) {
      try {
        const value: unknown = await (entry as (...args: unknown[]) => unknown)(
          ...(parse(JSON.stringify(args)) as unknown[]),
        )
        say({ call: index, value })
      } catch (error) {
        say({ call: index, error: explain(error) })
      }
    }
    for (const [index, source] of input.checks.entries()) {
      try {
        await (runInContext(source, context, { filename: 'check.js' }) as unknown)
        say({ check: index, token: input.token })
      } catch (error) {
        say({ check: index, error: explain(error), token: input.token })
      }
    }
    say({ done: true })
  }
  void run().then(() => process.exit(0))
}
