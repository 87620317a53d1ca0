import { InsideLLMsError, type Model, type ModelResponse } from '@insidellms/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AimockServer } from './aimock-server.ts'
import { contenders, createContender } from './contenders.ts'
import { fixturesFor, type PlannedCall, planCalls } from './fault-plan.ts'

const concurrency = 50
const calls = planCalls(1000)
/** A call that has not settled by then hangs. */
const boundMs = 60_000

interface Outcome {
  call: PlannedCall
  attempts: number
  ended: { response: ModelResponse; text: string } | { error: unknown }
}

const rows: object[] = []
let server: AimockServer

beforeAll(async () => {
  server = await AimockServer.start(fixturesFor(calls))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  console.table(rows)
})

describe(`${calls.length} calls at concurrency ${concurrency}, every fifth meets a fault`, () => {
  it.for(contenders)('%s: none hangs, none lies, retries are counted', { timeout: 300_000 }, async (name) => {
    let waits = 0
    const outcomes: Outcome[] = []
    {
      await using model = createContender(name, server.url, () => void waits++)
      const waiting = calls.values()
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          for (const call of waiting) outcomes.push(await settle(model, call))
        }),
      )
    }
    const attempts = outcomes.reduce((sum, outcome) => sum + outcome.attempts, 0)
    const requests = await server.countCalls(name)
    rows.push(tableRow(name, outcomes, requests))

    expect(outcomes).toHaveLength(calls.length)
    expect(outcomes.flatMap(complaintsAbout)).toEqual([])
    expect(requests).toBe(attempts)
    expect(attempts).toBe(calls.length + waits)
  })
})

async function settle(model: Model, call: PlannedCall): Promise<Outcome> {
  const hangs = Promise.withResolvers<never>()
  const timer = setTimeout(() => hangs.reject(new Error('it hangs')), boundMs)
  try {
    const { response, text } = await Promise.race([ask(model, call), hangs.promise])
    return { call, attempts: response.timing.attempts, ended: { response, text } }
  } catch (error) {
    return { call, attempts: (error as Partial<InsideLLMsError>).attempts ?? 1, ended: { error } }
  } finally {
    clearTimeout(timer)
  }
}

async function ask(
  model: Model,
  { prompt, streamed }: PlannedCall,
): Promise<{ response: ModelResponse; text: string }> {
  if (!streamed) {
    const response = await model.respond(prompt)
    return { response, text: response.text }
  }
  const stream = model.stream(prompt)
  let text = ''
  for await (const piece of stream) text += piece
  return { response: await stream.response, text }
}

/** Everything about an outcome that is not as planned. */
function complaintsAbout({ call, attempts, ended }: Outcome): string[] {
  const { prompt, text, streamed, fault } = call
  const complaints: string[] = []
  const complain = (what: string): void =>
    void complaints.push(`${prompt} (${streamed ? 'streamed' : 'whole'}, ${fault?.name ?? 'no fault'}): ${what}`)
  const planned = fault?.attempts ?? 1
  if (attempts !== planned) complain(`${attempts} attempts, not ${planned}`)

  if ('response' in ended) {
    const { response, text: read } = ended
    if (fault?.codes !== undefined) complain(`it succeeded, and should be ${fault.codes.join(' or ')}`)
    if (read !== text || response.text !== text) complain(`its text is ${JSON.stringify(read)}`)
    if (response.finish.kind !== 'stop') complain(`it finished as ${JSON.stringify(response.finish)}`)
    return complaints
  }
  const { error } = ended
  if (!(error instanceof InsideLLMsError)) complain(`it threw ${String(error)}`)
  else if (!fault?.codes?.includes(error.code)) complain(`${error.code}: ${error.message}`)
  else if (fault.name === 'cut' && !(error.partial?.text && text.startsWith(error.partial.text)))
    complain(`the partial text is ${JSON.stringify(error.partial?.text)}`)
  return complaints
}

function tableRow(provider: string, outcomes: readonly Outcome[], requests: number): object {
  const codes = new Map<string, number>()
  let ok = 0
  for (const { ended } of outcomes)
    if ('response' in ended) ok++
    else {
      const code = InsideLLMsError.isInstance(ended.error) ? ended.error.code : String(ended.error)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
  return {
    provider,
    calls: outcomes.length,
    ok,
    failed: [...codes]
      .sort()
      .map(([code, count]) => `${code} ${count}`)
      .join(', '),
    retried: outcomes.filter(({ attempts }) => attempts > 1).length,
    requests,
  }
}
