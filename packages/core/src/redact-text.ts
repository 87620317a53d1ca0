/** Puts `[redacted]` for every secret in a text. Secrets shorter than 4 characters are no secrets: they would hit words. */
export function redactText(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) {
    if (secret.length < 4) continue
    for (const form of [secret, encodeURIComponent(secret), base64(secret)]) {
      if (clean.includes(form)) clean = clean.replaceAll(form, '[redacted]')
    }
  }
  return clean
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')).replace(
    /=+$/,
    '',
  )
}
