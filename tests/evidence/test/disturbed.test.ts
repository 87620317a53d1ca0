import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { verifyRun } from '@insidellms/runner'
import { describe, expect, test } from 'vitest'
import { Command, command, type CommandOptions, type Ended } from '../src/command.ts'
import { canMount } from '../src/machine.ts'
import { answerTo, digests, numberOf, openai, plantedKey, type Study, study, wholeLines } from '../src/study.ts'
import { Tmpfs } from '../src/tmpfs.ts'
import { type Asked, type VendorServer, vendorServer } from '../src/vendor-server.ts'

const items = 120
const page = 4096

interface Bench extends Study {
  server: VendorServer
  run(runDir: string, more?: string[], options?: CommandOptions): Promise<Ended>
}

interface BenchOptions {
  /** Told of each request; says how many milliseconds more its answer takes. */
  meet?(asked: Asked): number
  /** Seconds that one item of each run is told to wait. */
  retryAfter?: number
}

/** A study of a slow vendor. */
async function bench({ meet = () => 0, retryAfter = 0 }: BenchOptions = {}): Promise<Bench> {
  const limited = new Set<string>()
  const server = await vendorServer((asked) => {
    const more = meet(asked)
    const number = numberOf(asked.prompt)
    if (number === 49 && !limited.has(`${asked.from} ${asked.prompt}`)) {
      limited.add(`${asked.from} ${asked.prompt}`)
      return { status: 429, message: 'Wait.', headers: { 'retry-after': String(retryAfter) } }
    }
    return { text: answerTo(asked.prompt), delayMs: more + (number % 5) }
  })
  const made = study({ model: openai(server.origin), items, more: { concurrency: 4 } })
  return {
    ...made,
    server,
    run: (runDir, more = [], options = {}) =>
      command(['run', made.config, '--quiet', '--run-dir', runDir, ...more], {
        ...options,
        env: { EVIDENCE_KEY: plantedKey, OPENAI_ORG_ID: runDir },
      }),
  }
}

/** The run that nothing disturbs, and that the others must equal. */
async function undisturbed({ run, at }: Bench): Promise<ReturnType<typeof digests>> {
  expect(await run(at('whole'))).toMatchObject({ code: 0 })
  return digests(at('whole'))
}

/** Resumes, and the end is that of a run that nothing disturbed. */
async function resume(
  { run }: Bench,
  runDir: string,
  expected: ReturnType<typeof digests>,
  options?: CommandOptions,
): Promise<void> {
  expect(await run(runDir, ['--resume'], options)).toMatchObject({ code: 0, err: '' })
  expect(digests(runDir)).toEqual(expected)
  expect(await verifyRun(runDir)).toMatchObject({ status: 'intact' })
}

describe('a disk', () => {
  test.skipIf(!canMount)(
    'that fills up at any moment ends the run with that word, and a resume completes it (needs root on Linux)',
    async () => {
      const made = await bench()
      const expected = await undisturbed(made)
      const whole = made.at('whole')
      const needed = readdirSync(whole).reduce(
        (sum, name) => sum + Math.ceil(statSync(join(whole, name)).size / page) * page,
        0,
      )
      for (const bytes of [
        page,
        2 * page,
        4 * page,
        ...[0.3, 0.6, 0.9].map((share) => share * needed),
        needed - page,
      ]) {
        const disk = new Tmpfs(made.at(`disk-${Math.round(bytes)}`), Math.ceil(bytes / page) * page)
        const runDir = join(disk.directory, 'run')
        const { code, err } = await made.run(runDir)
        console.log(`${Math.round(bytes)} of ${needed} bytes: ${err.trim().replaceAll(made.directory, '')}`)
        expect([code, err]).toEqual([1, expect.stringContaining('the disk is full')])
        expect(err).toContain(runDir)
        disk.remount('size=50m')
        await resume(made, runDir, expected)
      }
    },
    120_000,
  )

  test.skipIf(!canMount)(
    'that is read-only is told, and nothing is asked (needs root on Linux)',
    async () => {
      const made = await bench()
      const expected = await undisturbed(made)
      const disk = new Tmpfs(made.at('disk'), 50 << 20)
      const runDir = join(disk.directory, 'run')
      const requests = made.server.log.length
      disk.remount('ro')
      for (const more of [[], ['--resume']]) {
        const { code, err } = await made.run(runDir, more)
        console.log(err.trim().replaceAll(made.directory, ''))
        expect([code, err]).toEqual([
          1,
          expect.stringMatching(/Cannot write the run directory .*: its file system is read-only\./),
        ])
      }
      disk.remount('rw')
      await stopped(made, runDir)
      disk.remount('ro')
      expect((await made.run(runDir, ['--resume'])).err).toContain('its file system is read-only')
      expect(made.server.log.length).toBeLessThan(requests + items)
      disk.remount('rw')
      await resume(made, runDir, expected)
    },
    60_000,
  )
})

describe('a file that is removed under the run', () => {
  test.each([
    ['records.jsonl', ['records.jsonl'], 'records.jsonl was removed or replaced while the run wrote it'],
    ['calls.jsonl', ['calls.jsonl'], 'calls.jsonl was removed or replaced while the run wrote it'],
    ['the whole directory', ['.'], 'was removed or replaced while the run wrote it'],
  ])('%s: is told, and a resume completes it', async (_, names, message) => {
    let doomed = ''
    const made = await bench({
      meet({ from, prompt }) {
        if (from !== doomed) return 0
        if (numberOf(prompt) === 60)
          for (const name of names) rmSync(join(doomed, name), { recursive: true, force: true })
        return numberOf(prompt) > 60 ? 400 : 0
      },
    })
    const expected = await undisturbed(made)
    doomed = made.at('run')
    const { code, err } = await made.run(doomed)
    console.log(err.trim().replaceAll(made.directory, ''))
    expect([code, err]).toEqual([1, expect.stringContaining(message)])
    expect(err).toContain(`Cannot write to the run directory ${doomed}`)
    // What is answered from then on is lost: it does not ask until its end.
    expect(made.server.log.filter(({ from }) => from === doomed).length).toBeLessThan(items)
    doomed = ''
    await resume(made, made.at('run'), expected)
  })
})

describe('a clock that is set back', () => {
  const preload = new URL('../src/clock-set-back.mjs', import.meta.url)

  test('again and again under the run changes nothing', async () => {
    const made = await bench({ retryAfter: 1 })
    const expected = await undisturbed(made)
    expect(await made.run(made.at('run'), [], { preload })).toMatchObject({ code: 0, err: '' })
    expect(digests(made.at('run'))).toEqual(expected)
    const calls = wholeLines(made.at('run/calls.jsonl')).map(
      (line) => JSON.parse(line) as { response: { timing: { startedAt: string; totalMs: number } } },
    )
    const times = calls.map(({ response }) => Date.parse(response.timing.startedAt))
    // It did go back, and no call took less than no time.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(3_600_000)
    for (const { response } of calls) expect(response.timing.totalMs).toBeGreaterThanOrEqual(0)
  })

  test('between a run and its resumption changes nothing', async () => {
    const made = await bench({ retryAfter: 1 })
    const expected = await undisturbed(made)
    await stopped(made, made.at('run'))
    await resume(made, made.at('run'), expected, { preload })
    expect(wholeLines(made.at('run/calls.jsonl')).length).toBeGreaterThanOrEqual(items)
  })
})

/** Breaks a run off in its middle. */
async function stopped({ config, server }: Bench, runDir: string): Promise<void> {
  const { child, ended } = new Command(['run', config, '--quiet', '--run-dir', runDir], {
    env: { EVIDENCE_KEY: plantedKey, OPENAI_ORG_ID: 'stopped' },
  })
  while (server.log.filter(({ from }) => from === 'stopped').length < items / 2) await delay(1)
  child.kill('SIGKILL')
  expect(await ended).toMatchObject({ signal: 'SIGKILL' })
}
