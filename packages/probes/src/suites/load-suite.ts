import { readFile } from 'node:fs/promises'
import { didYouMean, type DatasetItem } from '@insidellms/core'
import { InsideLLMsError } from '@insidellms/core/driver'
import { suites } from './suites.ts'

/** The items of a starter suite. @throws {InsideLLMsError} `not_found` */
export async function loadSuite(name: string): Promise<DatasetItem[]> {
  const suite = suites.find((each) => each.name === name)
  if (suite === undefined) {
    const known = suites.map((each) => each.name)
    const near = didYouMean(name, known)
    throw new InsideLLMsError(
      'not_found',
      `There is no starter suite "${name}".${near ? ` Did you mean "${near}"?` : ''} There are: ${known.join(', ')}.`,
    )
  }
  const text = await readFile(suite.path, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DatasetItem)
}
