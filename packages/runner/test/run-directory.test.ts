import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { chooseRunDirectory } from '../src/run/run-directory.ts'
import { lockFile, RunLock } from '../src/run/run-lock.ts'
import { run } from '../src/run/run.ts'
import { bench, items } from './support/bench.ts'
import { put, scratch } from './support/scratch.ts'

const moduleUrl = new URL('../src/run/run-lock.ts', import.meta.url).href

describe('which directory', () => {
  test("the one asked for, the config's, or one named by the run id", () => {
    const base = { configDirectory: '/configs', runId: 'abc' }
    expect(chooseRunDirectory({ ...base, runDir: '/x', outputDir: 'y' })).toBe(join('/x'))
    expect(chooseRunDirectory({ ...base, outputDir: 'y' })).toBe(join('/configs', 'y'))
    expect(chooseRunDirectory(base)).toMatch(/[/\\]\.insidellms[/\\]runs[/\\]abc$/)
  })
})

describe('a directory that is not empty', () => {
  test('holds a run: refused, but for resume and overwrite', async () => {
    const { registry, config, runDir } = bench({ items: items(2) })
    const target = runDir('a')
    await run(config, { registry, runDir: target })
    await expect(run(config, { registry, runDir: target })).rejects.toThrow(
      `The directory ${target} holds a run already. Resume it (resume), replace it (overwrite), or choose another directory.`,
    )
    put(target, 'notes.txt', 'mine')
    put(target, 'report.html', 'old')
    await run(config, { registry, runDir: target, overwrite: true })
    expect(readFileSync(join(target, 'notes.txt'), 'utf8')).toBe('mine')
    expect(existsSync(join(target, 'report.html'))).toBe(false)
    await run(config, { registry, runDir: target, resume: true })
    await expect(run(config, { registry, runDir: target, resume: true, overwrite: true })).rejects.toThrow('not both')
  })

  test('holds something else: never touched', async () => {
    const { registry, config, runDir } = bench({ items: items(2) })
    mkdirSync(runDir('a'))
    put(runDir('a'), 'thesis.tex', 'precious')
    for (const options of [{}, { overwrite: true }, { resume: true }])
      await expect(run(config, { registry, runDir: runDir('a'), ...options })).rejects.toThrow(
        `The directory ${runDir('a')} is not empty and holds no run. Choose another directory.`,
      )
    expect(readdirSync(runDir('a'))).toEqual(['thesis.tex'])
  })
})

describe('a directory that cannot be written', () => {
  test('is a file', async () => {
    const { registry, config, directory } = bench({ items: items(2) })
    const path = put(directory, 'file', '')
    await expect(run(config, { registry, runDir: path })).rejects.toThrow(`Cannot write the run directory ${path}: `)
    await expect(run(config, { registry, runDir: join(path, 'below') })).rejects.toThrow(
      'Cannot write the run directory',
    )
  })

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'is read-only (root and Windows may write it all the same)',
    async () => {
      const { registry, config, runDir } = bench({ items: items(2) })
      mkdirSync(runDir('a'))
      chmodSync(runDir('a'), 0o500)
      await expect(run(config, { registry, runDir: runDir('a') })).rejects.toThrow('no permission to write there')
      chmodSync(runDir('a'), 0o700)
    },
  )
})

describe('the lock', () => {
  test('a second run on the same directory is refused, and the first goes on', async () => {
    const { registry, config, runDir } = bench({
      items: items(2),
      answer: (prompt) => new Promise((resolve) => setTimeout(resolve, 30, prompt)),
    })
    const first = run(config, { registry, runDir: runDir('a') })
    while (!existsSync(join(runDir('a'), 'manifest.json'))) await new Promise((resolve) => setTimeout(resolve, 1))
    for (const options of [{ resume: true }, { overwrite: true }])
      await expect(run(config, { registry, runDir: runDir('a'), ...options })).rejects.toThrow(
        `The run directory ${runDir('a')} is in use by process ${process.pid}. Wait for it, or choose another directory.`,
      )
    expect((await first).status).toBe('completed')
  })

  test('of a process that is alive holds; once it was killed it does not', async () => {
    const directory = scratch()
    const script = `import { RunLock } from ${JSON.stringify(moduleUrl)}
RunLock.acquire(${JSON.stringify(directory)})
console.log('locked')
setInterval(() => {}, 1000)
`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    expect(() => RunLock.acquire(directory)).toThrow(`in use by process ${holder.pid}.`)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const lock = RunLock.acquire(directory)
    lock.release()
    expect(readdirSync(directory)).toEqual([])
  })

  test.skipIf(process.platform !== 'linux')(
    'of a dead process whose number another has now does not hold (needs /proc)',
    () => {
      const directory = scratch()
      const holder = { pid: process.pid, host: hostname(), started: 'another boot/1', token: 'x' }
      writeFileSync(join(directory, lockFile), JSON.stringify(holder))
      RunLock.acquire(directory).release()
      expect(readdirSync(directory)).toEqual([])
    },
  )

  test('of another machine holds, and the message says what to delete', () => {
    const directory = scratch()
    const path = join(directory, lockFile)
    writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere', started: null, token: 'x' }))
    expect(() => RunLock.acquire(directory)).toThrow(
      `The run directory ${directory} is in use by process 1 on elsewhere. If it is gone, delete ${path}.`,
    )
  })

  test('that is torn does not hold', () => {
    const directory = scratch()
    writeFileSync(join(directory, lockFile), '{"pid":')
    RunLock.acquire(directory).release()
    expect(readdirSync(directory)).toEqual([])
  })

  test('that somebody else took over meanwhile is not released', () => {
    const directory = scratch()
    const lock = RunLock.acquire(directory)
    const other = JSON.stringify({ pid: process.pid, host: hostname(), started: null, token: 'other' })
    writeFileSync(join(directory, lockFile), other)
    lock.release()
    expect(readFileSync(join(directory, lockFile), 'utf8')).toBe(other)
  })

  test('many processes at once: one gets it', () => {
    const directory = scratch()
    const script = `import { spawn } from 'node:child_process'
const child = ${JSON.stringify(`import { RunLock } from ${JSON.stringify(moduleUrl)}
try { RunLock.acquire(${JSON.stringify(directory)}); console.log('got'); setTimeout(() => {}, 3000) } catch { console.log('refused') }`)}
const results = await Promise.all(Array.from({ length: 6 }, () => new Promise((resolve) => {
  const one = spawn(process.execPath, ['--input-type=module', '-e', child])
  one.stdout.once('data', (data) => resolve(String(data).trim()))
})))
console.log(results.sort().join())
process.exit()
`
    writeFileSync(
      join(directory, lockFile),
      JSON.stringify({ pid: 2 ** 30, host: hostname(), started: null, token: 'dead' }),
    )
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(stdout.trim()).toBe('got,refused,refused,refused,refused,refused')
  })
})
