import { ExactNumber, type ExactObject, type ExactValue, exactText } from '../read/exact-json.ts'

/** What an agent did, step by step, as one text that is equal for equal paths. */
export interface Trajectory {
  text: string
  steps: number
  toolCalls: number
}

/**
 * From the events of a trace or, without one, from the list of tool calls; looked for in the record's `custom`, then in
 * its structured output. Undefined where there is neither.
 */
export function trajectory(custom: ExactObject, output: ExactValue): Trajectory | undefined {
  const sources = [custom, custom.get('trace'), output].filter((source) => source instanceof Map)
  for (const source of sources) {
    const events = source.get('trace_events') ?? source.get('events')
    if (Array.isArray(events) && events.length > 0) return fromEvents(events)
  }
  for (const source of sources) {
    const calls = source.get('tool_calls')
    if (Array.isArray(calls) && calls.length > 0) return fromToolCalls(calls)
  }
  return undefined
}

/** Broken rules of a trace, 0 where none is recorded. */
export function violationCount(custom: ExactObject): number {
  const listed = custom.get('trace_violations')
  if (Array.isArray(listed)) return listed.length
  if (listed instanceof ExactNumber) return listed.value
  const trace = custom.get('trace')
  const contracts = trace instanceof Map ? trace.get('contracts') : undefined
  const total = contracts instanceof Map ? contracts.get('violations_total') : undefined
  return total instanceof ExactNumber ? total.value : 0
}

function fromEvents(events: readonly ExactValue[]): Trajectory {
  const steps = events.map((event, index): ExactValue => {
    if (!(event instanceof Map)) return event
    const inner = event.get('payload')
    const payload = inner instanceof Map ? inner : new Map<string, ExactValue>()
    return [
      event.get('kind') ?? null,
      payload.get('step') ?? event.get('seq') ?? new ExactNumber(String(index)),
      payload.get('tool_name') ?? null,
      payload.get('tool_call_id') ?? null,
      payload.get('arguments') ?? null,
      payload.get('result') ?? null,
    ]
  })
  const toolCalls = events.filter((event) => event instanceof Map && event.get('kind') === 'tool_call_start').length
  return { text: exactText(steps), steps: steps.length, toolCalls }
}

function fromToolCalls(calls: readonly ExactValue[]): Trajectory {
  const steps = calls.map((call): ExactValue => {
    if (!(call instanceof Map)) return call
    return [
      call.get('tool_name') ?? call.get('name') ?? null,
      call.get('tool_call_id') ?? call.get('id') ?? null,
      call.get('arguments') ?? call.get('args') ?? null,
      call.get('result') ?? null,
    ]
  })
  return { text: exactText(steps), steps: steps.length, toolCalls: steps.length }
}
