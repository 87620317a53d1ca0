import type { JsonObject } from '@insidellms/core/driver'

/** What came of checking one instruction. */
export interface InstructionCheck {
  followed: boolean
  /** What was found, such as `12 words`. */
  found: string
}

/** What an argument must be. A question mark at the end makes it optional. */
export type ArgumentType = 'count' | 'text' | 'texts' | 'relation' | 'object' | 'count?' | 'relation?' | 'text?'

/** A verifiable instruction: an exact rule about an answer, with arguments from the item. */
export interface InstructionRule {
  args: Record<string, ArgumentType>
  /** Needs at least one of these optional arguments. */
  oneOf?: readonly string[]
  /** Says the instruction to a model, for items that do not say it themselves. */
  describe(args: InstructionArguments): string
  check(answer: string, args: InstructionArguments): InstructionCheck
}

/** Arguments that were checked against a rule's `args`. */
export class InstructionArguments {
  readonly #values: JsonObject

  constructor(values: JsonObject) {
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  count(name: string): number {
    return Number(this.#values[name])
  }

  text(name: string, otherwise = ''): string {
    const value = this.#values[name]
    return typeof value === 'string' ? value : otherwise
  }

  texts(name: string): string[] {
    return (this.#values[name] as string[] | undefined) ?? []
  }

  object(name: string): JsonObject {
    return this.#values[name] as JsonObject
  }

  relation(name: string): Relation {
    return this.text(name, 'at least') as Relation
  }
}

/** IFEval has the first two. */
export const relations = ['at least', 'less than', 'at most', 'more than', 'exactly'] as const
export type Relation = (typeof relations)[number]

/** Compares a count as a relation says. */
export function relates(count: number, relation: Relation, wanted: number): boolean {
  if (relation === 'at least') return count >= wanted
  if (relation === 'less than') return count < wanted
  if (relation === 'at most') return count <= wanted
  return relation === 'more than' ? count > wanted : count === wanted
}

/** `3 words`, `1 word`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `at least 2`, `at most 5`, `2 to 5` or `exactly 3`, of the arguments `min` and `max`. */
export function rangeText(args: InstructionArguments, noun: string): string {
  const [min, max] = [args.has('min'), args.has('max')]
  if (min && max)
    return args.count('min') === args.count('max')
      ? `exactly ${plural(args.count('min'), noun)}`
      : `${args.count('min')} to ${plural(args.count('max'), noun)}`
  return min ? `at least ${plural(args.count('min'), noun)}` : `at most ${plural(args.count('max'), noun)}`
}

export function inRange(count: number, args: InstructionArguments): boolean {
  return (!args.has('min') || count >= args.count('min')) && (!args.has('max') || count <= args.count('max'))
}

/** Occurrences of a text in another, ignoring case, not overlapping. */
export function countOccurrences(text: string, part: string): number {
  return part === '' ? 0 : text.toLowerCase().split(part.toLowerCase()).length - 1
}
