import { InsideLLMsError, type JsonObject, type JsonValue } from '@insidellms/core/driver'
import { didYouMean } from '@insidellms/core'
import { isObject, parseStructured, readTexts } from '../items/item-fields.ts'
import { compileSchema } from '../scorers/json-schema.ts'
import { describe } from '../items/read-prompt.ts'
import { formatRules } from './format-rules.ts'
import { type ArgumentType, InstructionArguments, type InstructionRule, relations } from './instruction-rule.ts'
import { keywordRules } from './keyword-rules.ts'
import { languages } from './language.ts'
import { lengthRules } from './length-rules.ts'
import { styleRules } from './style-rules.ts'

/** Every rule by its id. Ids and arguments are those of IFEval (Zhou et al. 2023, arXiv:2311.07911) where it has them. */
export const instructionRules: Readonly<Record<string, InstructionRule>> = {
  ...lengthRules,
  ...keywordRules,
  ...formatRules,
  ...styleRules,
}

/** An instruction of an item, ready to be checked. */
export interface Instruction {
  id: string
  args: InstructionArguments
  rule: InstructionRule
}

/** Reads `instructions`, or IFEval's own `instruction_id_list` and `kwargs`; a text says what is wrong. */
export function readInstructions(item: JsonObject): Instruction[] | string {
  const own = item['instructions']
  if (own !== undefined && own !== null) {
    const list = parseStructured(own)
    if (!Array.isArray(list)) return `"instructions" must be a list of objects with an id; it is ${describe(own)}.`
    return collect(
      list.map((entry) => (isObject(entry) ? readEntry(entry) : 'An instruction must be an object with an id.')),
    )
  }
  const ids = item['instruction_id_list']
  if (ids === undefined || ids === null) return []
  const list = readTexts(ids)
  const kwargs = parseStructured(item['kwargs'] ?? [])
  if (list === undefined) return '"instruction_id_list" must be a list of texts.'
  if (!Array.isArray(kwargs)) return '"kwargs" must be a list of objects.'
  return collect(list.map((id, index) => makeInstruction(id, isObject(kwargs[index]) ? kwargs[index] : {})))
}

function readEntry({ id, ...args }: JsonObject): Instruction | string {
  return typeof id === 'string' ? makeInstruction(id, args) : 'An instruction must have an "id" that is a text.'
}

function collect(read: (Instruction | string)[]): Instruction[] | string {
  const problem = read.find((entry) => typeof entry === 'string')
  return problem ?? (read as Instruction[])
}

/** One instruction with its arguments checked, or what is wrong as a text. Arguments that are null are as good as absent. */
export function makeInstruction(id: string, given: JsonObject): Instruction | string {
  const rule = Object.hasOwn(instructionRules, id) ? instructionRules[id] : undefined
  if (rule === undefined) {
    const near = didYouMean(id, Object.keys(instructionRules))
    return `There is no instruction "${id}".${near ? ` Did you mean "${near}"?` : ''}`
  }
  const args = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
  for (const name of Object.keys(args)) if (!Object.hasOwn(rule.args, name)) return `${id} has no argument "${name}".`
  for (const [name, type] of Object.entries(rule.args)) {
    const value = args[name]
    if (value === undefined && type.endsWith('?')) continue
    const problem = argumentProblem(value, type)
    if (problem !== undefined) return `${id}: "${name}" must be ${problem}; it is ${describe(value)}.`
  }
  if (rule.oneOf !== undefined && !rule.oneOf.some((name) => args[name] !== undefined))
    return `${id} needs ${rule.oneOf.map((name) => `"${name}"`).join(' or ')}.`
  const special = specialProblem(id, args)
  return special ?? { id, args: new InstructionArguments(args), rule }
}

function argumentProblem(value: JsonValue | undefined, type: ArgumentType): string | undefined {
  switch (type.replace('?', '')) {
    case 'count':
      return Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'a whole number of 0 or more'
    case 'text':
      return typeof value === 'string' && value !== '' ? undefined : 'a text'
    case 'texts':
      return Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text !== '')
        ? undefined
        : 'a list of at least one text'
    case 'relation':
      return relations.some((relation) => relation === value) ? undefined : `one of ${relations.join(', ')}`
    default:
      return isObject(value) ? undefined : 'an object'
  }
}

/** What only its meaning can tell: a schema that is none, a pattern that is none, a language that cannot be told. */
function specialProblem(id: string, args: JsonObject): string | undefined {
  try {
    if (id === 'detectable_format:json_schema') compileSchema(args['schema'] as JsonObject)
    if (id === 'content:matches') void new RegExp(String(args['pattern']), String(args['flags'] ?? 'u'))
  } catch (error) {
    return `${id}: ${InsideLLMsError.isInstance(error) || error instanceof Error ? error.message : String(error)}`
  }
  if (id === 'language:response_language' && !languages.has(String(args['language']).toLowerCase()))
    return `${id}: "${String(args['language'])}" cannot be told from others here; known: ${[...languages.keys()].join(', ')}.`
  return undefined
}
