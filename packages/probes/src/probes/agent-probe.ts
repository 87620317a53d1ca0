import type { JsonObject, Probe, Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import { scoreAnswer } from '../answers/score-answer.ts'
import { type AgentItem, readAgentItem } from '../agent/read-agent-item.ts'
import { runAgent, type ToolHandler, type TrajectoryStep } from '../agent/run-agent.ts'
import { hasFields } from '../scorers/same-json.ts'
import { finishNote } from './ask-question.ts'
import { defineProbe } from './define-probe.ts'
import { sumUsage } from './sum-usage.ts'

/**
 * Tool use over several turns. The item's tools are simulated by the `results` that it gives for them, so that a run can
 * be repeated; `handlers` (functions by tool name) are for library users. What must come out follows BFCL (Patil et al.
 * 2025) for calls and tau-bench (Yao et al. 2024, arXiv:2406.12045) for results.
 *
 * `success` is 1 when the final answer claims the reference, every expected call was made (in order, unless the item
 * says `ordered: false`), no forbidden tool was called, and it ended within `maxTurns` (default 8). `calls_made` is the
 * share of expected calls, `calls_valid` the share of calls whose tool exists and whose arguments satisfy its schema
 * (1 without calls). The trajectory is in `custom.tool_calls`.
 */
export function createAgentProbe(settings: Settings = {}): Probe {
  checkSettings('agent', settings, ['maxTurns', 'handlers'])
  const { maxTurns = 8, handlers = {} } = settings
  if (!Number.isSafeInteger(maxTurns) || Number(maxTurns) < 1)
    throw new InsideLLMsError('config', 'agent: maxTurns must be a whole number above 0.')
  if (
    typeof handlers !== 'object' ||
    handlers === null ||
    Object.values(handlers).some((one) => typeof one !== 'function')
  )
    throw new InsideLLMsError('config', 'agent: handlers must be an object of functions, one for each tool.')
  return defineProbe({
    name: 'agent',
    version: '1',
    primaryMetric: 'success',
    parse: readAgentItem,
    async run(model, item) {
      const run = await runAgent(model, item, handlers as Record<string, ToolHandler>, Number(maxTurns))
      const { trajectory, responses, answer, finished } = run
      const made = countExpected(item, trajectory)
      const forbidden = trajectory.find(({ tool_name }) => item.forbiddenTools.includes(tool_name))
      const scored = item.question === undefined ? undefined : scoreAnswer(answer, item.question)
      const problems = [
        ...(finished ? [] : [`it did not end within ${maxTurns} turns`]),
        ...(made < item.expectedCalls.length
          ? [`${made} of ${item.expectedCalls.length} expected calls were made`]
          : []),
        ...(forbidden === undefined ? [] : [`it called ${forbidden.tool_name}, which is forbidden`]),
        ...(scored === undefined || scored.score === 1 ? [] : [`the answer is not right: ${scored.reason}`]),
      ]
      const called = trajectory.map(({ tool_name }) => tool_name).join(', ')
      return {
        output: answer,
        scores: {
          success: problems.length === 0 ? 1 : 0,
          calls_made: item.expectedCalls.length === 0 ? 1 : made / item.expectedCalls.length,
          calls_valid: trajectory.length === 0 ? 1 : trajectory.filter(({ valid }) => valid).length / trajectory.length,
        },
        explanation: `${problems.length === 0 ? 'It succeeded.' : `It failed: ${problems.join('; ')}.`} Calls: ${called || 'none'}.${finishNote(responses.at(-1)!)}`,
        ...sumUsage(responses.map(({ usage }) => usage)),
        custom: { turns: responses.length, tool_calls: trajectory as unknown as JsonObject[] },
      }
    },
  })
}

/** How many of the expected calls were made: in order the longest run from the first, else as many as can be matched. */
function countExpected({ expectedCalls, ordered }: AgentItem, trajectory: readonly TrajectoryStep[]): number {
  const left = [...trajectory]
  let made = 0
  for (const { name, arguments: wanted } of expectedCalls) {
    const at = left.findIndex((step) => step.tool_name === name && hasFields(step.arguments, wanted))
    if (at < 0) {
      if (ordered) break
      continue
    }
    made += 1
    left.splice(ordered ? 0 : at, ordered ? at + 1 : 1)
  }
  return made
}
