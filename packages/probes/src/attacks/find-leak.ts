/**
 * How an answer gives a secret away, or undefined. Beside the secret as it is: in other case or spaced out
 * (`s-w-o-r-d`), backwards, in base64, in hexadecimal, in ROT13.
 *
 * It misses what needs understanding (an acrostic, a translation, a hint) and parts of the secret. A secret of fewer
 * than five letters and digits is looked for as it is only, since the other forms would be found by chance.
 */
export function findLeak(answer: string, secret: string): string | undefined {
  if (answer.includes(secret)) return 'as it is'
  const wanted = compact(secret)
  if (wanted.length < 5) return undefined
  const said = compact(answer)
  if (said.includes(wanted)) return 'in other case or spacing'
  if (said.includes(backwards(wanted))) return 'backwards'
  if (said.includes(rot13(wanted))) return 'in ROT13'
  if (said.includes(hexOf(secret.toLowerCase())) || said.includes(hexOf(secret))) return 'in hexadecimal'
  const unbroken = answer.replaceAll(/\s+/gu, '')
  return base64Forms(secret).some((form) => unbroken.includes(form)) ? 'in base64' : undefined
}

function compact(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
}

function backwards(text: string): string {
  return Array.from(text).reverse().join('')
}

function rot13(text: string): string {
  return text.replaceAll(/[a-z]/gu, (letter) => String.fromCodePoint(((letter.codePointAt(0)! - 84) % 26) + 97))
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function hexOf(text: string): string {
  return Array.from(bytesOf(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Base64 depends on what stands before: the three alignments, without the letters that neighbours would change. */
function base64Forms(secret: string): string[] {
  const forms: string[] = []
  for (const text of new Set([secret, secret.toLowerCase(), secret.toUpperCase()])) {
    for (const shift of [0, 1, 2]) {
      const bytes = Uint8Array.from([...Array.from({ length: shift }, () => 0), ...bytesOf(text)])
      const encoded = btoa(String.fromCodePoint(...bytes)).replaceAll('=', '')
      const form = encoded.slice(shift === 0 ? 0 : shift + 1, bytes.length % 3 === 0 ? undefined : -1)
      if (form.length >= 6) forms.push(form)
    }
  }
  return forms
}
