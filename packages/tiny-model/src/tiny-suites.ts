import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Dataset, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'

export type TinySuite = 'logic' | 'factuality' | 'instruction-following'

/** Questions that the model never saw in training, each file for the probe of its name. */
export const tinySuites: readonly TinySuite[] = ['logic', 'factuality', 'instruction-following']

/** Absolute path of a suite: a JSONL file. */
export function tinySuitePath(suite: TinySuite): string {
  return fileURLToPath(new URL(`../suites/${suite}.jsonl`, import.meta.url))
}

/**
 * The dataset format `tiny-suite`: `dataset: { format: tiny-suite, args: { suite: logic } }` in a config.
 *
 * @throws {InsideLLMsError} `config` for a suite that is not there.
 */
export function createTinyDataset(settings: Settings): Dataset {
  checkSettings('tiny-suite', settings, ['suite'])
  const suite = tinySuites.find((name) => name === settings['suite'])
  if (suite === undefined)
    throw new InsideLLMsError(
      'config',
      `tiny-suite: there is no suite ${JSON.stringify(settings['suite'])}. Set args: { suite: ... } to one of ${tinySuites.join(', ')}.`,
    )
  return {
    name: `tiny-suite:${suite}`,
    async *items() {
      const text = await readFile(tinySuitePath(suite), 'utf8')
      for (const line of text.trimEnd().split('\n')) yield JSON.parse(line)
    },
  }
}
