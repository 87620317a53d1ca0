import { inspect } from 'node:util'
import type { Bench } from '../bench.ts'
import { captureOutput } from '../capture.ts'
import { check } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { readStream } from '../read-stream.ts'
import { noReply, type ScriptedReply, text } from '../reply.ts'
import type { RecordedRequest } from '../scripted-server.ts'
import { revealedAs } from '../secret-forms.ts'

/** Looks at a value as a log, an artifact and a debugger's console would show it. */
function checkSecret(value: unknown, key: string, what: string): void {
  const views = {
    'as a text': value instanceof Error ? `${String(value)}\n${value.stack}` : String(value),
    'as JSON': JSON.stringify(value) ?? '',
    'in util.inspect': inspect(value, { depth: 12, maxArrayLength: null, maxStringLength: null }),
  }
  for (const [view, shown] of Object.entries(views)) {
    const form = revealedAs(shown, key)
    check(form === undefined, `${what} shows the key ${form}, ${view}.`)
  }
}

/** Failures whose words or headers have the key in them, as several vendors write them. */
function tellingFailures(bench: Bench): ((request: RecordedRequest) => ScriptedReply)[] {
  const { apiKey } = bench
  const told =
    (status: number, message: string, headers?: Record<string, string>) =>
    (request: RecordedRequest): ScriptedReply =>
      bench.errorReply({ status, message }, request, headers)
  const base64 = Buffer.from(apiKey).toString('base64')
  return [
    told(401, `Incorrect API key provided: ${apiKey}. You can find your key in your account.`),
    told(400, `Bad query: ?key=${encodeURIComponent(apiKey)}`),
    told(403, `Bad header: Basic ${base64}`),
    told(500, 'The server failed', { 'x-echo-key': apiKey }),
    () => text(`<html><body>Not allowed: ${apiKey}</body></html>`, { status: 403 }),
    () => text(`<html><body>Log in, ${apiKey}</body></html>`),
    noReply,
  ]
}

export const secretCases: readonly GroupedCase[] = group('secrets', [
  {
    id: 'key-in-header-only',
    proves: 'The key travels in a header, and never in the address or the body, which proxies and logs keep.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      await (await bench.driver()).respond(bench.request())
      const { path, body, headers } = bench.calls[0]!
      check(revealedAs(path, bench.apiKey) === undefined, `The address has the key in it: ${path}.`)
      check(revealedAs(body, bench.apiKey) === undefined, 'The body has the key in it.')
      check(revealedAs(JSON.stringify(headers), bench.apiKey), 'No header of the request has the key.')
    },
  },
  {
    id: 'no-key-in-errors',
    proves: 'No error shows the key, in its message, its JSON or its cause, also when the vendor repeats it.',
    needs: 'wire',
    async run(bench) {
      const model = await bench.model()
      for (const failure of tellingFailures(bench)) {
        bench.play(failure)
        const calls = [model.respond('Once upon a time'), model.stream('Once upon a time').response]
        for (const result of await Promise.allSettled(calls))
          if (result.status === 'rejected') checkSecret(result.reason, bench.apiKey, 'The error')
      }
    },
  },
  {
    id: 'no-key-in-responses',
    proves: 'No response shows the key, of `respond` or of a stream.',
    needs: 'wire',
    async run(bench) {
      const model = await bench.model()
      checkSecret(await model.respond('Once upon a time'), bench.apiKey, 'The response')
      checkSecret((await readStream(bench)).response, bench.apiKey, "The stream's response")
    },
  },
  {
    id: 'no-key-in-info',
    proves: '`info()` does not show the key.',
    needs: 'wire',
    async run(bench) {
      checkSecret((await bench.driver()).info(), bench.apiKey, 'info()')
    },
  },
  {
    id: 'no-key-in-objects',
    proves: 'Printing a driver or a model does not show the key, before and after a call.',
    needs: 'wire',
    async run(bench) {
      const driver = await bench.driver()
      const model = await bench.model()
      checkSecret(driver, bench.apiKey, 'The driver')
      await driver.respond(bench.request())
      await model.respond('Once upon a time')
      checkSecret(driver, bench.apiKey, 'The driver, after a call,')
      checkSecret(model, bench.apiKey, 'The model')
    },
  },
  {
    id: 'no-key-in-output',
    proves: 'Nothing that is printed or warned during calls, good or bad, shows the key.',
    needs: 'wire',
    async run(bench) {
      const model = await bench.model()
      const output = await captureOutput(async () => {
        await model.respond('Once upon a time')
        await readStream(bench)
        for (const failure of tellingFailures(bench)) {
          bench.play(failure)
          await model.respond('Once upon a time').catch(() => undefined)
        }
      })
      const form = revealedAs(output, bench.apiKey)
      check(form === undefined, `What was printed shows the key ${form}.`)
    },
  },
])
