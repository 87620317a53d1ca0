import type { DatasetItem, Model, Probe, ProbeResult } from '@insidellms/core'
import { InsideLLMsError } from '@insidellms/core/driver'

/** A probe in two steps: what an item means, and what to do with it. */
export interface ProbeParts<Parsed extends object> {
  name: string
  version: string
  primaryMetric: string
  /** The item's fields, or what is wrong with it as a text. */
  parse(item: DatasetItem): Parsed | string
  run(model: Model, parsed: Parsed): Promise<Omit<ProbeResult, 'primaryMetric'>>
}

/** Makes a `Probe` that never asks the model about an item that it cannot score. */
export function defineProbe<Parsed extends object>(parts: ProbeParts<Parsed>): Probe {
  const { name, version, primaryMetric, parse } = parts
  return {
    name,
    version,
    primaryMetric,
    check(item) {
      const parsed = parse(item)
      return typeof parsed === 'string' ? parsed : undefined
    },
    async run(model, item) {
      const parsed = parse(item)
      if (typeof parsed === 'string') throw new InsideLLMsError('invalid_request', `${name}: ${parsed}`)
      return { ...(await parts.run(model, parsed)), primaryMetric }
    },
  }
}
