import type { Dataset, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import { loadSuite } from './load-suite.ts'

/**
 * The dataset format `suite`: `dataset: { format: suite, args: { suite: logic } }` in a config.
 *
 * @throws {InsideLLMsError} `config`, and `not_found` at the first item.
 */
export function createSuiteDataset(settings: Settings): Dataset {
  checkSettings('suite', settings, ['suite'])
  const { suite } = settings
  if (typeof suite !== 'string')
    throw new InsideLLMsError('config', 'A suite dataset needs the name of a suite: args: { suite: logic }.')
  return {
    name: `suite:${suite}`,
    async *items() {
      yield* await loadSuite(suite)
    },
  }
}
