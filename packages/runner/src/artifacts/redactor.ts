import { redactText } from '@insidellms/core'

/** Removes secrets from a line of an artifact. */
export type Redactor = (text: string) => string

const secretVariable = /(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$/i

/** A key such as `none` or `EMPTY`, which local servers are given, would take ordinary words out of answers. */
const shortestSecret = 8

/**
 * Removes the given secrets, and the value of every environment variable whose name says that it is one: providers read
 * their keys from there. Plain, base64, URL-encoded, and as they look inside JSON, which can itself be inside JSON,
 * twice. What has fewer than 8 characters is no secret.
 */
export function createRedactor(given: readonly string[], environment: NodeJS.ProcessEnv = process.env): Redactor {
  const named = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && secretVariable.test(name) ? [value] : [],
  )
  const secrets = [...given, ...named].filter((secret) => secret.length >= shortestSecret)
  const once = secrets.map(insideJson)
  const forms = [...new Set([...secrets, ...once, ...once.map(insideJson)])]
  return forms.length === 0 ? (text) => text : (text) => redactText(text, forms)
}

function insideJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
