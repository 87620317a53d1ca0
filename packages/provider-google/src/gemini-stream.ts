import type { JsonObject, JsonValue, ModelDelta } from '@insidellms/core/driver'
import type { GeminiAnswer, GeminiCandidate, GeminiPart, GeminiPartialArgument } from './gemini-response.ts'

/** Puts an answer together from its chunks: the same object that a call without streaming would have given. */
export class GeminiStream {
  readonly answer: GeminiAnswer = {}
  /** Every chunk, as received. */
  readonly raw: JsonObject[] = []
  #candidate: GeminiCandidate | undefined
  #calls = 0
  #open: { index: number; args: JsonObject } | undefined

  /** Whether the candidate's finish reason was seen, or a block of the prompt: there is no other marker. */
  get ended(): boolean {
    return this.#candidate?.finishReason !== undefined || this.answer.promptFeedback?.blockReason !== undefined
  }

  take(chunk: GeminiAnswer, deltas: ModelDelta[]): void {
    this.raw.push(chunk as JsonObject)
    const { candidates, ...facts } = chunk
    const isOver = this.ended
    Object.assign(this.answer, facts)
    const candidate = candidates?.find(({ index = 0 }) => index === 0)
    // Behind the finish reason come usage and grounding, and from some proxies the last event twice.
    if (candidate !== undefined)
      this.#take(isOver ? { ...candidate, content: null, logprobsResult: null } : candidate, deltas)
  }

  #take({ content, logprobsResult, ...facts }: GeminiCandidate, deltas: ModelDelta[]): void {
    if (this.#candidate === undefined) {
      this.#candidate = {}
      this.answer.candidates = [this.#candidate]
    }
    const whole = this.#candidate
    Object.assign(whole, facts)
    for (const part of content?.parts ?? []) {
      const parts = ((whole.content ??= {}).parts ??= [])
      if (part.functionCall) this.#call(part, parts, deltas)
      else {
        if (part.text) deltas.push({ type: part.thought ? 'reasoning' : 'text', text: part.text })
        addPart(parts, part)
      }
    }
    if (whole.finishReason !== undefined) this.#closeCall(deltas)
    if (!logprobsResult) return
    const held = (whole.logprobsResult ??= {})
    ;(held.chosenCandidates ??= []).push(...(logprobsResult.chosenCandidates ?? []))
    ;(held.topCandidates ??= []).push(...(logprobsResult.topCandidates ?? []))
  }

  /**
   * A call comes whole, or as its name and then its arguments leaf by leaf, until a piece does not say that more follows.
   */
  #call(part: GeminiPart, parts: GeminiPart[], deltas: ModelDelta[]): void {
    const { partialArgs = [], willContinue, ...call } = part.functionCall!
    if (call.name !== undefined || this.#open === undefined) {
      this.#closeCall(deltas)
      const { id, name = '', args = {} } = call
      const index = this.#calls++
      parts.push({ ...part, functionCall: { ...call, args } })
      deltas.push({ type: 'tool-call', index, ...(id && { id }), name, arguments: '' })
      this.#open = { index, args }
    } else if (part.thoughtSignature) parts.at(-1)!.thoughtSignature ??= part.thoughtSignature
    for (const leaf of partialArgs) setLeaf(this.#open!.args, leaf)
    if (!willContinue) this.#closeCall(deltas)
  }

  #closeCall(deltas: ModelDelta[]): void {
    if (this.#open === undefined) return
    const { index, args } = this.#open
    deltas.push({ type: 'tool-call', index, arguments: JSON.stringify(args) })
    this.#open = undefined
  }
}

/** Puts a leaf at its JSONPath (RFC 9535, names and indexes only); the pieces of a text are joined. */
function setLeaf(args: JsonObject, leaf: GeminiPartialArgument): void {
  const steps = [...leaf.jsonPath.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]/g)].map(([, name, index, quoted]) =>
    index === undefined ? (name ?? quoted!) : Number(index),
  )
  const last = steps.at(-1)
  // A model writes these names: one of them must not reach the prototype of every object.
  if (last === undefined || steps.includes('__proto__')) return
  let holder = args as Record<string | number, JsonValue>
  for (const [depth, step] of steps.slice(0, -1).entries())
    holder = (holder[step] ??= typeof steps[depth + 1] === 'number' ? [] : {}) as unknown as typeof holder
  const { stringValue, numberValue, boolValue } = leaf
  const held = holder[last]
  if (stringValue !== undefined) holder[last] = `${typeof held === 'string' ? held : ''}${stringValue}`
  else holder[last] = numberValue ?? boolValue ?? null
}

/** Pieces of one text become one part. A signature closes its part: what follows must not be joined to it. */
function addPart(parts: GeminiPart[], part: GeminiPart): void {
  const last = parts.at(-1)
  const joins =
    typeof part.text === 'string' &&
    typeof last?.text === 'string' &&
    Boolean(part.thought) === Boolean(last.thought) &&
    last.thoughtSignature === undefined
  if (!joins) return void parts.push({ ...part })
  Object.assign(last, part, { text: last.text! + part.text! })
}
