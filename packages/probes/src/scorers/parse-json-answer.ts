import type { JsonValue } from '@insidellms/core/driver'

/** The JSON that an answer is, bare or in a single code fence as in IFEval. Undefined when it is none, or has text beside it. */
export function parseJsonAnswer(answer: string): { value: JsonValue } | undefined {
  const text = answer.trim()
  const fenced = /^```(?:json|JSON|Json)?\s*\n?([\s\S]*?)\n?```$/u.exec(text)
  try {
    return { value: JSON.parse(fenced === null ? text : fenced[1]!) as JsonValue }
  } catch {
    return undefined
  }
}
