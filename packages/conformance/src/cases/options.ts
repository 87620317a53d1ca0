import { isDeepStrictEqual } from 'node:util'
import {
  InsideLLMsError,
  type JsonValue,
  type Ledger,
  type LedgerEntry,
  type ModelDriver,
  type ModelRequest,
  type PortableOption,
  portableOptions,
} from '@insidellms/core'
import type { Bench } from '../bench.ts'
import { check, checkEqual, NotApplicable, show } from '../check.ts'
import { type ConformanceCase, type GroupedCase, group } from '../conformance-case.ts'
import { containsValue, valueAt } from '../json-pointer.ts'
import { optionSamples } from '../option-samples.ts'

type Options = ModelRequest['options']

interface Sent {
  body: JsonValue
  /** The driver's own. An option that it leaves out counts as sent, on the word of `supports`. */
  ledger: Ledger
}

/** What a call puts on the wire; for an engine in this process, what the driver says that it was asked. */
async function send(bench: Bench, driver: ModelDriver, options: Options = {}): Promise<Sent> {
  const request = bench.request({ options: { ...bench.shortAnswer(driver), ...options } })
  const response = await driver.respond(request)
  const body = bench.description.wire === undefined ? response.request : bench.calls.at(-1)?.json
  check(
    body !== undefined,
    'There is no JSON body to compare the ledger with: none was sent, and response.request has none.',
  )
  return { body, ledger: response.ledger ?? {} }
}

/** Every supported option with each of its samples. */
function samplesOf({ supports }: ModelDriver): { option: PortableOption; beside: Options; options: Options }[] {
  return supports.flatMap((option) => {
    const { values, beside = {} } = optionSamples[option]
    return values.map((value) => ({ option, beside, options: { ...beside, [option]: value } }))
  })
}

function optionCase(option: PortableOption): ConformanceCase {
  return {
    id: `option-${option}`,
    proves: `\`${option}\` reaches the wire; values of it that cannot are refused with a reason.`,
    needs: 'driver',
    capability: true,
    async run(bench) {
      const driver = await bench.driver()
      check(driver.supports.includes(option), `supports does not have ${option}.`)
      const samples = samplesOf(driver).filter((sample) => sample.option === option)
      const without = await send(bench, driver, samples[0]?.beside)
      let reason: string | undefined
      let reached = 0
      for (const { options } of samples) {
        const { body, ledger } = await send(bench, driver, options)
        if (!isDeepStrictEqual(body, without.body)) reached++
        else {
          reason = ledger[option]?.reason
          check(
            reason,
            `${option}: ${show(options[option])} changes nothing on the wire, and the ledger does not say why.`,
          )
        }
      }
      check(reached > 0, `supports has ${option}, but no value of it reaches the wire: ${reason}.`)
    },
  }
}

/** A status is a claim about the body; this holds it against the body. */
function checkEntry(option: PortableOption, entry: LedgerEntry, asked: unknown, body: JsonValue): void {
  const what = `The ledger says that ${option} was ${entry.status}`
  if (entry.status === 'refused') {
    check(entry.reason, `${what}, but not why.`)
    check(entry.wire === undefined, `${what}, and yet that it is at ${entry.wire}.`)
    return
  }
  if (entry.status === 'adjusted') check(entry.reason, `${what}, but not why.`)
  if (entry.wire === undefined) return check(entry.status === 'sent' || entry.reason, `${what}, but not where or why.`)
  const there = valueAt(body, entry.wire)
  check(there !== undefined, `${what} at ${entry.wire}; the body has nothing there.`)
  if (entry.value !== undefined) checkEqual(there, jsonOf(entry.value), `${what} at ${entry.wire}. The value there`)
  if (entry.status === 'sent') checkEqual(there, asked, `${what} at ${entry.wire}. The value there`)
}

function jsonOf(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue
}

/** Where an option stands: where the ledger says, else the places at the top that it changed. */
function placesOf({ body, ledger }: Sent, option: PortableOption, plain: JsonValue): string[] {
  const entry = ledger[option]
  if (entry?.status === 'refused') return []
  if (entry?.wire !== undefined) return [entry.wire]
  return Object.keys(body as object)
    .map((key) => `/${key}`)
    .filter((pointer) => !isDeepStrictEqual(valueAt(body, pointer), valueAt(plain, pointer)))
}

export const optionCases: readonly GroupedCase[] = group('options', [
  ...portableOptions.map(optionCase),
  {
    id: 'option-zero',
    proves: 'A temperature, seed or penalty of 0 is a value, and goes out like any other.',
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      for (const option of ['temperature', 'seed', 'presencePenalty', 'frequencyPenalty'] as const) {
        if (!driver.supports.includes(option)) continue
        const { body, ledger } = await send(bench, driver, { [option]: 0 })
        const other = await send(bench, driver, { [option]: optionSamples[option].values[0] })
        const [place] = placesOf(other, option, body)
        if (ledger[option]?.status === 'refused' || place === undefined) continue
        checkEqual(valueAt(body, place), 0, `${option}: 0 was asked for. The value at ${place}`)
      }
    },
  },
  {
    id: 'ledger-matches-wire',
    proves:
      'Each ledger entry agrees with the body: what is sent is there as asked, what is mapped or adjusted is where it points.',
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      const samples = samplesOf(driver)
      const all = Object.assign({}, ...samples.toReversed().map(({ options }) => options)) as Options
      const everything = { option: undefined, options: all, beside: {} }
      for (const { option: only, options, beside } of [...samples, everything]) {
        const without = await send(bench, driver, beside)
        const { body, ledger } = await send(bench, driver, options)
        for (const option of Object.keys(options) as PortableOption[]) {
          const entry = ledger[option]
          if (entry !== undefined) checkEntry(option, entry, options[option], body)
          else if (option === only && !isDeepStrictEqual(body, without.body))
            check(
              containsValue(body, options[option] as JsonValue),
              `${option} has no ledger entry, which means that it was sent as asked; the body has no ${show(options[option])}.`,
            )
        }
      }
    },
  },
  {
    id: 'no-hidden-options',
    proves: 'An option that nobody asked for is not on the wire, or the ledger calls it adjusted.',
    needs: 'wire',
    async run(bench) {
      const driver = await bench.driver()
      const plain = await send(bench, driver)
      const told = new Set(Object.values(plain.ledger).map(({ wire }) => wire))
      for (const { option, options } of samplesOf(driver)) {
        const sent = await send(bench, driver, options)
        for (const place of placesOf(sent, option, plain.body)) {
          const hidden = valueAt(plain.body, place)
          check(
            hidden === undefined || told.has(place),
            `Without ${option}, the body has ${show(hidden)} at ${place}, and the ledger does not say so.`,
          )
        }
      }
    },
  },
  {
    id: 'on-unsupported',
    proves: "With `onUnsupported: 'error'`, what would be refused is the error `unsupported`, before any request.",
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      let refused = 0
      for (const { option, options } of samplesOf(driver)) {
        const { ledger } = await send(bench, driver, options)
        if (ledger[option]?.status !== 'refused') continue
        refused++
        const before = bench.calls.length
        const request = bench.request({ options, onUnsupported: 'error' })
        const error = await driver.respond(request).then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        check(
          InsideLLMsError.isInstance(error) && error.code === 'unsupported',
          `${option}: ${show(options[option])} is refused, but with onUnsupported 'error' it gave ${show(error)}.`,
        )
        checkEqual(bench.calls.length, before, 'The number of requests')
      }
      if (refused === 0) throw new NotApplicable('The driver takes every value of every option that it supports.')
    },
  },
  {
    id: 'provider-options',
    proves: '`providerOptions` are on the wire verbatim, at the top of the body, and in the ledger.',
    needs: 'wire',
    async run(bench) {
      const driver = await bench.driver()
      const value = { nested: [1, null, 'text', true] }
      const { ledger } = await driver.respond(bench.request({ providerOptions: { conformance_option: value } }))
      checkEqual(valueAt(bench.calls[0]?.json, '/conformance_option'), value, 'The value at /conformance_option')
      checkEqual(
        ledger?.['providerOptions.conformance_option'],
        { status: 'sent', wire: '/conformance_option', value },
        'The ledger entry providerOptions.conformance_option',
      )
    },
  },
])
