import { redactText } from '@insidellms/core'

/** Removes secrets from a line of an artifact. */
export type Redactor = (text: string) => string

const secretVariable = /(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$/i

/**
 * Removes the given secrets, and the value of every environment variable whose name says that it is one: providers read
 * their keys from there. Plain, base64, URL-encoded, and as they look inside JSON.
 */
export function createRedactor(given: readonly string[], environment: NodeJS.ProcessEnv = process.env): Redactor {
  const secrets = new Set(given)
  for (const [name, value] of Object.entries(environment))
    if (secretVariable.test(name) && value !== undefined && value.length >= 8) secrets.add(value)
  const escaped = Array.from(secrets, (secret) => JSON.stringify(secret).slice(1, -1))
  const forms = [...new Set([...secrets, ...escaped])].sort((a, b) => b.length - a.length)
  return forms.length === 0 ? (text) => text : (text) => redactText(text, forms)
}
