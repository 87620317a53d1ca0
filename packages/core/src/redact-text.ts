/**
 * Puts `[redacted]` for every secret in a text: plain, URL-encoded, as JSON writes it, or inside a base64 text such as
 * a Basic authorization. Secrets shorter than 4 characters are no secrets: they would hit words.
 */
export function redactText(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const form of secretForms(secrets)) if (clean.includes(form)) clean = clean.replaceAll(form, '[redacted]')
  return clean
}

/** Every text that would give one of the secrets away, those of longer secrets first: one may begin another. */
export function secretForms(secrets: readonly string[]): string[] {
  return secrets
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length)
    .flatMap(formsOf)
}

const known = new Map<string, readonly string[]>()

/** Worked out once per secret: a program has a handful, and a storm of errors should not encode them again and again. */
function formsOf(secret: string): readonly string[] {
  let forms = known.get(secret)
  if (forms === undefined) {
    if (known.size >= 100) known.clear()
    const base64 = base64Cores(secret)
    const all = [secret, ...uriEncoded(secret), JSON.stringify(secret).slice(1, -1), ...base64]
    for (const core of base64) all.push(core.replaceAll('+', '-').replaceAll('/', '_'), ...uriEncoded(core))
    known.set(secret, (forms = [...new Set(all)]))
  }
  return forms
}

/** What of the base64 text depends on the secret alone, for each of the three places it can have in a group of 3 bytes. */
function base64Cores(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret)
  return [0, 1, 2].flatMap((offset) => {
    const binary = '\0'.repeat(offset) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
    const start = Math.ceil((offset * 4) / 3)
    const end = Math.floor((binary.length * 4) / 3)
    const core = btoa(binary).slice(start, end)
    // Less than this could stand in any text.
    return core.length >= 6 ? [core] : []
  })
}

/** With `%2F` as most programs write it, and with `%2f` as .NET does. */
function uriEncoded(text: string): string[] {
  try {
    const encoded = encodeURIComponent(text)
    return [encoded, encoded.replace(/%../g, (code) => code.toLowerCase())]
  } catch {
    // A lone surrogate has no URL-encoded form.
    return []
  }
}
