import type { JsonObject, JsonValue } from './json.ts'
import type { Model } from './model.ts'
import type { Usage } from './model-response.ts'

/** One row of a dataset: usually an object with a prompt and its reference. */
export type DatasetItem = JsonValue

export interface ProbeResult {
  /** What the model said, as a text, or with more in an object. */
  output: JsonValue
  /** Named figures, higher is better; the primary one is what a diff compares. */
  scores: Record<string, number>
  /** A key of `scores`. */
  primaryMetric: string
  /** Why the scores are what they are, in a sentence for people. */
  explanation?: string
  usage?: Usage
  /** More that a reader of the record may want. */
  custom?: JsonObject
}

/** A measurement of a model's behaviour on one item. It asks the model and scores the answer; the runner does the rest. */
export interface Probe {
  /** The registry's type name, such as `logic`. */
  name: string
  /** Changes whenever the same answer could be scored otherwise, so that a diff can name the cause. */
  version: string
  /** What `primaryMetric` will be, for summaries and tables. */
  primaryMetric: string
  /** Says what is wrong with an item, or undefined. Called before any request. */
  check?(item: DatasetItem): string | undefined
  /** @throws whatever the model throws: the runner records it as the item's error. */
  run(model: Model, item: DatasetItem): Promise<ProbeResult>
}
