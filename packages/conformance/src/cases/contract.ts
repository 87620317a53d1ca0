import { portableOptions } from '@insidellms/core'
import { check, checkEqual, within } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'

export const contractCases: readonly GroupedCase[] = group('contract', [
  {
    id: 'spec-version',
    proves: 'The driver has the specVersion that the installed core accepts, and the functions of the contract.',
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      checkEqual(driver.specVersion, 1, 'specVersion')
      for (const name of ['info', 'respond'] as const)
        checkEqual(typeof driver[name], 'function', `The type of driver.${name}`)
    },
  },
  {
    id: 'supports',
    proves: '`supports` names portable options, each once.',
    needs: 'driver',
    async run(bench) {
      const { supports } = await bench.driver()
      for (const option of supports)
        check(portableOptions.includes(option), `supports has "${option}", which is no portable option.`)
      checkEqual(supports.length, new Set(supports).size, 'The number of different options in supports')
    },
  },
  {
    id: 'info',
    proves: '`info()` is synchronous, has the seven fields with their types, and tells the truth about streaming.',
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      const info = driver.info()
      for (const field of ['name', 'provider', 'modelId'] as const)
        check(
          typeof info[field] === 'string' && info[field] !== '',
          `info().${field} must be a text that is not empty.`,
        )
      const { maxTokens, extra } = info
      check(
        maxTokens === null || (Number.isSafeInteger(maxTokens) && maxTokens > 0),
        'info().maxTokens must be a whole number above 0, or null when it is unknown.',
      )
      checkEqual(JSON.parse(JSON.stringify(extra)), extra, 'info().extra, which must be JSON,')
      checkEqual(typeof info.supportsChat, 'boolean', 'The type of info().supportsChat')
      checkEqual(
        info.supportsStreaming,
        driver.events !== undefined,
        'info().supportsStreaming, as driver.events says,',
      )
    },
  },
  {
    id: 'info-is-offline',
    proves: 'Making a driver and asking for its `info()` makes no request.',
    needs: 'wire',
    async run(bench) {
      const driver = await bench.driver()
      driver.info()
      // A request that was begun all the same needs a moment to arrive.
      await new Promise((resolve) => setTimeout(resolve, 50))
      checkEqual(bench.server.requests.length, 0, 'The number of requests')
    },
  },
  {
    id: 'list-models',
    proves: "`listModels()` gives the vendor's live list, all of it and in its order.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      const ids = ['conformance-b', 'conformance-a']
      const models = bench.part('models')
      bench.playEverything((request) => models(ids, request))
      const listed = await (await bench.model()).listModels()
      checkEqual(
        listed.map((model) => model.modelId),
        ids,
        'The models of listModels()',
      )
    },
  },
  {
    id: 'count-tokens',
    proves: "`countTokens()` gives the vendor's own count.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      const tokenCount = bench.part('tokenCount')
      bench.playEverything((request) => tokenCount(42, request))
      checkEqual(await (await bench.model()).countTokens('Once upon a time'), 42, 'The count')
    },
  },
  {
    id: 'close',
    proves: '`close()` works before a first call, after one, and twice.',
    needs: 'driver',
    async run(bench) {
      const unused = await bench.driver()
      await within(Promise.resolve(unused.close?.()), 5000, 'close() of a driver that was never called')
      const driver = await bench.driver()
      await driver.respond(bench.request({ options: bench.shortAnswer(driver) }))
      await within(Promise.resolve(driver.close?.()), 5000, 'close()')
      await within(Promise.resolve(driver.close?.()), 5000, 'A second close()')
    },
  },
])
