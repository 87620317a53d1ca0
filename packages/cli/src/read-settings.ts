import { UsageError } from './usage-error.ts'

/** `model_name` and `modelName` are the same setting, on the command line as in a config. */
export function readSettings(flag: string, text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `${flag} must be a JSON object such as '{"modelName": "gpt-4o"}'; this is no JSON: ${(error as Error).message}.`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${flag} must be a JSON object such as '{"modelName": "gpt-4o"}'; it is ${text}.`)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camelCase(name), inner]))
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
