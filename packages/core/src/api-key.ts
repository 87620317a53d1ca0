import { InsideLLMsError } from './insidellms-error.ts'

/**
 * The key that was given, else the first of the environment variables that is set.
 *
 * @throws {InsideLLMsError} `auth`, naming the variables, when there is none.
 */
export function requireApiKey(provider: string, given: unknown, variables: readonly string[]): string {
  if (given !== undefined && (typeof given !== 'string' || given === ''))
    throw new InsideLLMsError('config', `${provider}: apiKey must be a text that is not empty.`, { provider })
  const key = given ?? readEnvironment(variables)
  if (key === undefined)
    throw new InsideLLMsError('auth', `${provider}: no API key. Set ${variables.join(' or ')}, or pass apiKey.`, {
      provider,
    })
  return key
}

/** The first of the environment variables that is set and not empty; undefined also where there is no environment. */
export function readEnvironment(variables: readonly string[]): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  return variables.map((name) => process?.env?.[name]).find(Boolean)
}

/** What a driver's `secrets()` gives: its key, and the values of headers that look like one. */
export function secretsOf(apiKey: string | undefined, headers: Record<string, string> = {}): string[] {
  const named = Object.entries(headers).filter(([name]) => /auth|key|token|secret|cookie/i.test(name))
  // A scheme word is no secret, and redacting it alone would leave the key.
  const values = named.map(([, value]) => value.replace(/^(Bearer|Basic)\s+/i, ''))
  return apiKey === undefined ? values : [apiKey, ...values]
}
