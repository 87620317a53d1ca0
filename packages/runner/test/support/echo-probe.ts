import type { Probe } from '@insidellms/core'

/** Sends an item's `prompt` and scores whether the answer is its `answer`. */
export const echoProbe: Probe = {
  name: 'echo',
  version: '1.0',
  primaryMetric: 'match',
  check: (item) =>
    typeof (item as { prompt?: unknown }).prompt === 'string' ? undefined : 'the field "prompt" is missing',
  async run(model, item) {
    const output = await model.generate((item as { prompt: string }).prompt)
    return {
      output,
      scores: { match: output === (item as { answer?: string }).answer ? 1 : 0 },
      primaryMetric: 'match',
    }
  },
}
