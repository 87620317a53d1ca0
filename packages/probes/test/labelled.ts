import { readFileSync } from 'node:fs'
import { DummyModel, type JsonObject, type JsonValue, type Probe } from '@insidellms/core'

/** A hand-labelled answer: what a person says the probe should find. */
export interface LabelledAnswer {
  label: 'right' | 'wrong' | 'borderline' | 'hostile'
  /** For a reader: what makes it worth a row. */
  why?: string
  item: JsonValue
  /** What the model says; a list for a probe that asks several times. */
  answer: string | string[]
  /** The scores that the label demands; others are not compared. */
  expected: JsonObject
  /** The rule is known to get this one wrong, in the way that the package's README states. */
  disagrees?: string
}

export function readLabelled(probe: string): LabelledAnswer[] {
  return readFileSync(new URL(`labelled/${probe}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as LabelledAnswer)
}

/** What the probe makes of the answer, for the metrics that the label speaks of. */
export async function verdictOf(probe: Probe, { item, answer, expected }: LabelledAnswer): Promise<JsonObject> {
  const { scores, explanation } = await probe.run(new DummyModel({ response: answer }), item)
  if (!explanation) throw new Error('A verdict without an explanation')
  return Object.fromEntries(Object.keys(expected).map((metric) => [metric, scores[metric] ?? null]))
}
