import type {
  ChatMessage,
  JsonObject,
  JsonValue,
  Model,
  ModelResponse,
  ToolCallPart,
  ToolMessage,
} from '@insidellms/core'
import { compileSchema } from '../scorers/json-schema.ts'
import type { AgentItem, AgentTool } from './read-agent-item.ts'
import { hasFields } from '../scorers/same-json.ts'

/** Answers a call instead of the item's simulated results. What it throws goes to the model as the tool's error. */
export type ToolHandler = (args: JsonObject) => JsonValue | Promise<JsonValue>

/** One tool call and what came of it, in the fields by which `insidellms diff` compares trajectories. */
export interface TrajectoryStep {
  /** Which answer of the model made it, counted from 1. */
  turn: number
  tool_name: string
  /** Undefined when the text is no JSON object. */
  arguments?: JsonObject
  /** The arguments' text, where they are no JSON object. */
  malformed?: string
  result: string
  is_error: boolean
  /** The tool exists and the arguments satisfy its schema. */
  valid: boolean
}

export interface AgentRun {
  trajectory: TrajectoryStep[]
  responses: ModelResponse[]
  /** The text of the last answer. */
  answer: string
  /** Ended by itself and not at the limit of turns. */
  finished: boolean
}

/** Lets a model work with tools until it answers without calling one, or the turns are used up. */
export async function runAgent(
  model: Model,
  { prompt, tools }: AgentItem,
  handlers: Readonly<Record<string, ToolHandler>>,
  maxTurns: number,
): Promise<AgentRun> {
  const messages: ChatMessage[] = 'messages' in prompt ? [...prompt.messages] : [{ role: 'user', content: prompt.text }]
  const definitions = tools.map(({ definition }) => definition)
  const trajectory: TrajectoryStep[] = []
  const responses: ModelResponse[] = []
  for (let turn = 1; turn <= maxTurns; turn++) {
    const response = await model.respond([...messages], { tools: definitions })
    responses.push(response)
    const calls = response.parts.filter((part): part is ToolCallPart => part.type === 'tool-call')
    if (calls.length === 0) return { trajectory, responses, answer: response.text, finished: true }
    messages.push({ role: 'assistant', content: response.parts })
    for (const call of calls) {
      const step = await carryOut(call, turn, tools, handlers)
      trajectory.push(step)
      messages.push(toolMessage(call, step))
    }
  }
  return { trajectory, responses, answer: responses.at(-1)?.text ?? '', finished: false }
}

function toolMessage({ id, name }: ToolCallPart, { result, is_error }: TrajectoryStep): ToolMessage {
  return { role: 'tool', toolCallId: id, toolName: name, content: result, ...(is_error && { isError: true }) }
}

async function carryOut(
  call: ToolCallPart,
  turn: number,
  tools: readonly AgentTool[],
  handlers: Readonly<Record<string, ToolHandler>>,
): Promise<TrajectoryStep> {
  const failed = { turn, tool_name: call.name, is_error: true, valid: false }
  const args = parseArguments(call.arguments)
  if (args === undefined) return { ...failed, malformed: call.arguments, result: 'The arguments are no JSON object.' }
  const tool = tools.find(({ definition }) => definition.name === call.name)
  if (tool === undefined) return { ...failed, arguments: args, result: `There is no tool "${call.name}".` }
  const validate = compileSchema(tool.definition.parameters)
  if (!validate(args)) {
    const [problem] = validate.errors ?? []
    return {
      ...failed,
      arguments: args,
      result: `Wrong arguments: ${problem?.instancePath ?? ''} ${problem?.message ?? ''}`.trim(),
    }
  }
  const done = { turn, tool_name: call.name, arguments: args, valid: true }
  const handler = Object.hasOwn(handlers, call.name) ? handlers[call.name] : undefined
  if (handler === undefined) {
    const fitting = tool.results.find(({ when }) => hasFields(args, when))
    return fitting === undefined
      ? { ...done, result: 'Nothing found.', is_error: false }
      : { ...done, result: fitting.result, is_error: fitting.isError }
  }
  try {
    const value = await handler(args)
    return { ...done, result: typeof value === 'string' ? value : JSON.stringify(value), is_error: false }
  } catch (error) {
    return { ...done, result: error instanceof Error ? error.message : String(error), is_error: true }
  }
}

function parseArguments(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text.trim() === '' ? '{}' : text) as JsonValue
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
