import { setTimeout as delay } from 'node:timers/promises'
import { verifyRun } from '@insidellms/runner'
import { describe, expect, test } from 'vitest'
import { Command } from '../src/command.ts'
import { nodeOfMajor } from '../src/machine.ts'
import { answerTo, digests, numberOf, openai, plantedKey, type Study, study, wholeLines } from '../src/study.ts'
import { type Answer, type LogEntry, type VendorServer, vendorServer } from '../src/vendor-server.ts'

const kills = Number(process.env['INSIDELLMS_KILLS'] ?? 5)
const seed = Number(process.env['INSIDELLMS_KILL_SEED'] ?? 20_261_124)
const items = kills < 50 ? 400 : 2_000
/** Of the runs that are made several times over. */
const fewItems = kills < 50 ? 150 : 2_000
const concurrency = 16
const node22 = nodeOfMajor(22)
const node24 = nodeOfMajor(24)

interface Bench {
  server: VendorServer
  study: Study
  run(name: string, from: string, more?: string[], node?: string): Command
  /** The next run begins with a server that has limited nobody yet. */
  forget(): void
}

/** A server with latency, errors that last and errors that pass, and a study that asks it. */
async function bench(size: number): Promise<Bench> {
  const stumbled = new Set<string>()
  const server = await vendorServer(({ prompt }): Answer => {
    const number = numberOf(prompt)
    const delayMs = (number * 7) % 13
    const passing = number % 11 === 0 ? 429 : number % 17 === 0 ? 503 : undefined
    if (passing !== undefined && !stumbled.has(prompt)) {
      stumbled.add(prompt)
      return { status: passing, message: 'Not now.', delayMs, headers: { 'retry-after': '0' } }
    }
    if (number % 13 === 0) return { status: 400, message: 'No thirteens.', delayMs }
    return { text: answerTo(prompt), delayMs }
  })
  const made = study({ model: openai(server.origin), items: size })
  return {
    server,
    study: made,
    run: (name, from, more = ['--concurrency', String(concurrency)], node = process.execPath) =>
      new Command(['run', made.config, '--run-dir', made.at(name), '--quiet', '--resume', ...more], {
        env: { EVIDENCE_KEY: plantedKey, OPENAI_ORG_ID: from },
        node,
      }),
    forget: () => stumbled.clear(),
  }
}

/** The items whose calls are written, in the order of writing. */
function callsOf({ at }: Study, name: string): number[] {
  return wholeLines(at(`${name}/calls.jsonl`)).map((line) => (JSON.parse(line) as { item: number }).item)
}

/** An answer that a call ends with: none of those that are asked for again within it. */
function isFinal({ status }: LogEntry): boolean {
  return status === 200 || status === 400
}

describe('kill -9', () => {
  test(`at ${kills} random moments of a run of ${items} items, then a resume: always the same bytes`, async () => {
    const { server, study: made, run, forget } = await bench(items)
    const begun = performance.now()
    const whole = run('whole', 'whole')
    while (server.log.length === 0) await delay(1)
    const startMs = performance.now() - begun
    while (server.log.filter(isFinal).length < items) await delay(1)
    const lastAsked = performance.now()
    expect(await whole.ended).toMatchObject({ code: 0 })
    const endMs = performance.now() - lastAsked
    const requests = server.log.length
    const expected = digests(made.at('whole'))
    console.log(`uninterrupted: ${requests} requests, records.jsonl ${expected.records}`)

    const random = randomNumbers(seed)
    let since = 0
    const from = (name: string): LogEntry[] => server.log.slice(since).filter((entry) => entry.from === name)
    /** Waits for a random moment of the run: while it starts, at any of its requests, or while it ends. */
    const moment = async (name: string, { child }: Command): Promise<string> => {
      const share = random()
      if (share < 0.08) {
        const ms = random() * startMs
        await delay(ms)
        return `${ms.toFixed(0)} ms after its start`
      }
      const ending = share > 0.92
      const target = ending ? requests : 1 + Math.floor(random() * requests)
      const ms = random() * (ending ? endMs : 8)
      while (from(name).length < target && child.exitCode === null) await delay(1)
      await delay(ms)
      return `${ms.toFixed(1)} ms after request ${target} of ${requests}`
    }
    let killed = 0
    for (let attempt = 0; killed < kills; attempt++) {
      const name = `killed-${attempt}`
      forget()
      since = server.log.length
      const victim = run(name, `${name}/first`)
      const when = await moment(`${name}/first`, victim)
      victim.child.kill('SIGKILL')
      const killedAt = performance.now()
      // The moment came too late: another one.
      if ((await victim.ended).signal !== 'SIGKILL') continue
      killed++

      const recorded = callsOf(made, name).map((item) => `question ${item}`)
      const records = wholeLines(made.at(`${name}/records.jsonl`)).length
      expect(await run(name, `${name}/second`).ended).toMatchObject({ code: 0 })

      const first = from(`${name}/first`)
      const second = from(`${name}/second`)
      const askedAgain = new Set(second.map(({ prompt }) => prompt))
      // What reached calls.jsonl is never asked again; what was lost are at most the calls that were under way.
      expect(recorded.filter((prompt) => askedAgain.has(prompt))).toEqual([])
      const twice = first.filter((entry) => isFinal(entry) && askedAgain.has(entry.prompt))
      expect(twice.length).toBeLessThanOrEqual(concurrency)
      const lost = twice.filter(({ answeredAt = killedAt }) => answeredAt < killedAt)
      for (const log of [first, second]) {
        const finals = log.filter(isFinal).map(({ prompt }) => prompt)
        expect(new Set(finals).size).toBe(finals.length)
      }
      // Nothing is lost: every item has one call, and the two processes together made them all.
      expect(callsOf(made, name).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: items }, (_, number) => number),
      )
      expect(recorded.length + second.filter(isFinal).length).toBe(items)
      expect(digests(made.at(name))).toEqual(expected)
      expect(await verifyRun(made.at(name))).toMatchObject({ status: 'intact' })
      console.log(
        `kill ${killed}: ${when}: ${recorded.length} calls and ${records} records written; ${twice.length} under way were asked again, ${lost.length} of them answered; ${digests(made.at(name)).records.slice(0, 12)}`,
      )
    }
    console.log(`${killed} of ${kills} resumed runs have the sha256 ${expected.records} (seed ${seed})`)
  }, 3_600_000)

  test('again and again in one run: no process asks for what was written before it', async () => {
    const { server, study: made, run, forget } = await bench(fewItems)
    expect(await run('whole', 'whole').ended).toMatchObject({ code: 0 })
    forget()
    const random = randomNumbers(seed)
    const recorded = (): string[] => callsOf(made, 'killed').map((item) => `question ${item}`)
    for (let number = 0; recorded().length < fewItems; number++) {
      const before = recorded()
      const victim = run('killed', `process-${number}`)
      const asked = (): string[] =>
        server.log.filter(({ from }) => from === `process-${number}`).map(({ prompt }) => prompt)
      const target = 1 + Math.floor(random() * fewItems * 0.7)
      while (asked().length < target && victim.child.exitCode === null) await delay(1)
      victim.child.kill('SIGKILL')
      await victim.ended
      expect(asked().filter((prompt) => before.includes(prompt))).toEqual([])
    }
    expect(await run('killed', 'last').ended).toMatchObject({ code: 0 })
    expect(server.log.filter(({ from }) => from === 'last')).toEqual([])
    expect(digests(made.at('killed'))).toEqual(digests(made.at('whole')))
  }, 120_000)
})

describe('the same bytes', () => {
  for (const [major, node] of [
    [22, node22],
    [24, node24],
  ] as const)
    test.skipIf(node === undefined)(
      `come with 1 and with 64 calls at once on Node ${major} (needs Node ${major} from the registry)`,
      async () => {
        const { study: made, run, forget } = await bench(fewItems)
        const digestsWith = async (calls: number, on?: string): Promise<unknown> => {
          forget()
          const name = `${calls}-${on === undefined ? 'here' : 'there'}`
          expect(await run(name, name, ['--concurrency', String(calls)], on).ended).toMatchObject({ code: 0 })
          return digests(made.at(name))
        }
        const expected = await digestsWith(concurrency)
        expect(await digestsWith(1, node)).toEqual(expected)
        expect(await digestsWith(64, node)).toEqual(expected)
        console.log(`Node ${major}: ${JSON.stringify(expected)}`)
      },
      600_000,
    )
})

/** Mulberry32 of T. Ettinger: from a seed, so that a failure can be had again. */
function randomNumbers(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
