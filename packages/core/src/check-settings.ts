import { didYouMean } from './did-you-mean.ts'
import { InsideLLMsError } from './insidellms-error.ts'

/**
 * Refuses a setting that a driver does not know, so that a misspelt one is not silently ignored.
 *
 * @throws {InsideLLMsError} `config`
 */
export function checkSettings(provider: string, settings: object, known: readonly string[]): void {
  for (const name of Object.keys(settings)) {
    if (known.includes(name)) continue
    const near = didYouMean(name, known)
    throw new InsideLLMsError(
      'config',
      `${provider} has no setting "${name}".${near ? ` Did you mean "${near}"?` : ''} It takes: ${known.join(', ')}.`,
      { provider },
    )
  }
}
