/** The form in which a text gives a secret away, or undefined. */
export function revealedAs(text: string, secret: string): string | undefined {
  for (const [form, needles] of Object.entries(secretForms(secret)))
    if (needles.some((needle) => text.includes(needle))) return form
  return undefined
}

function secretForms(secret: string): Record<string, string[]> {
  const encoded = [0, 1, 2].map((offset) => base64At(secret, offset))
  return {
    'as it is': [secret],
    'URL-encoded': [encodeURIComponent(secret)],
    'in base64': encoded,
    'in base64url': encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  }
}

/** What base64 makes of a secret inside a longer text: three forms, by the place where it begins. */
function base64At(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const whole = bytes.toString('base64')
  return whole.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6))
}
