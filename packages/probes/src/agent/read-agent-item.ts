import type { DatasetItem, JsonObject, JsonValue, ToolDefinition } from '@insidellms/core'
import {
  firstField,
  isObject,
  parseStructured,
  promptFieldsAfter,
  readTexts,
  referenceFields,
} from '../items/item-fields.ts'
import { describe, type ItemPrompt, readPrompt } from '../items/read-prompt.ts'
import { type Question, readQuestion } from '../items/read-question.ts'
import { compileSchema } from '../scorers/json-schema.ts'
import { InsideLLMsError } from '@insidellms/core/driver'

/** What a simulated tool answers to a call whose arguments have these values. */
export interface SimulatedResult {
  /** Arguments that must be equal; others may be anything. */
  when: JsonObject
  result: string
  isError: boolean
}

export interface AgentTool {
  definition: ToolDefinition
  /** The first that fits answers. A handler of the probe's settings goes before them. */
  results: SimulatedResult[]
}

/** A call that the task needs. */
export interface ExpectedCall {
  name: string
  /** Arguments that must be equal; others may be anything. */
  arguments: JsonObject
}

export interface AgentItem {
  prompt: ItemPrompt
  tools: AgentTool[]
  expectedCalls: ExpectedCall[]
  /** Whether the expected calls must come in their order. */
  ordered: boolean
  forbiddenTools: string[]
  question?: Question
}

/** Reads an item; a text says what is wrong. */
export function readAgentItem(item: DatasetItem): AgentItem | string {
  if (!isObject(item)) return `The item must be an object with a task and "tools"; it is ${describe(item)}.`
  const prompt = readPrompt(item, promptFieldsAfter('task', 'prompt'))
  if (typeof prompt === 'string') return prompt
  const tools = readTools(parseStructured(item['tools'] ?? null))
  if (typeof tools === 'string') return tools
  const calls = readCalls(parseStructured(item['expected_calls'] ?? []), tools)
  if (typeof calls === 'string') return calls
  const forbiddenTools = readTexts(item['forbidden_tools'] ?? [])
  if (forbiddenTools === undefined) return '"forbidden_tools" must be a list of names.'
  const ordered = item['ordered'] ?? true
  if (typeof ordered !== 'boolean') return '"ordered" must be true or false.'
  const question =
    firstField(item, referenceFields) === undefined ? undefined : readQuestion({ ...item, question: 'task' })
  if (typeof question === 'string') return question
  if (question === undefined && calls.length === 0 && forbiddenTools.length === 0)
    return 'The item has nothing to score: add "reference_answer", "expected_calls" or "forbidden_tools".'
  return { prompt, tools, expectedCalls: calls, ordered, forbiddenTools, ...(question !== undefined && { question }) }
}

function readTools(given: JsonValue): AgentTool[] | string {
  if (!Array.isArray(given) || given.length === 0)
    return `"tools" must be a list of at least one tool; it is ${describe(given)}.`
  const tools: AgentTool[] = []
  for (const [index, entry] of given.entries()) {
    const at = `"tools"[${index}]`
    if (!isObject(entry)) return `${at} must be an object.`
    const { name, description, parameters = { type: 'object', properties: {} } } = entry
    if (typeof name !== 'string' || name === '') return `${at} must have a "name".`
    if (description !== undefined && typeof description !== 'string') return `${at}: "description" must be a text.`
    if (!isObject(parameters)) return `${at}: "parameters" must be a JSON Schema.`
    try {
      compileSchema(parameters)
    } catch (error) {
      return `${at}: ${InsideLLMsError.isInstance(error) ? error.message : String(error)}`
    }
    const results = readResults(entry)
    if (results === undefined) return `${at}: "results" must be a list of objects with "result".`
    tools.push({
      definition: { name, parameters, ...(typeof description === 'string' && { description }) },
      results,
    })
  }
  return tools
}

function readResults(tool: JsonObject): SimulatedResult[] | undefined {
  const list: JsonValue = tool['results'] ?? (tool['result'] === undefined ? [] : [{ result: tool['result'] }])
  if (!Array.isArray(list)) return undefined
  const results: SimulatedResult[] = []
  for (const entry of list) {
    if (!isObject(entry) || (entry['result'] === undefined && entry['error'] === undefined)) return undefined
    const value = entry['error'] ?? entry['result']
    results.push({
      when: isObject(entry['when']) ? entry['when'] : {},
      result: typeof value === 'string' ? value : JSON.stringify(value),
      isError: entry['error'] !== undefined,
    })
  }
  return results
}

function readCalls(given: JsonValue, tools: readonly AgentTool[]): ExpectedCall[] | string {
  if (!Array.isArray(given)) return '"expected_calls" must be a list.'
  const calls: ExpectedCall[] = []
  for (const [index, entry] of given.entries()) {
    const call = typeof entry === 'string' ? { name: entry } : entry
    const name = isObject(call) ? call['name'] : undefined
    if (typeof name !== 'string' || !tools.some(({ definition }) => definition.name === name))
      return `"expected_calls"[${index}] must name one of the item's tools.`
    const args = (call as JsonObject)['arguments'] ?? {}
    if (!isObject(args)) return `"expected_calls"[${index}]: "arguments" must be an object.`
    calls.push({ name, arguments: args })
  }
  return calls
}
