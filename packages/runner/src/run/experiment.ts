import type { GenerateOptions, JsonObject, Model, ModelInfo, Probe } from '@insidellms/core'
import type { ModelEntry, ProbeEntry } from '../config/config-schema.ts'
import type { RunDataset } from './run-dataset.ts'

/** A model of a run, ready to be asked. */
export interface RunModel {
  /** Unique within the run: the name in the config, else the model's id, with a number where two have the same. */
  label: string
  entry: ModelEntry
  /** The entry's `args` without secrets. */
  shownArgs: JsonObject
  info: ModelInfo
  model: Model
}

/** A probe of a run. */
export interface RunProbe {
  label: string
  entry: ProbeEntry
  probe: Probe
  /** Models that it grades answers with. */
  judges: readonly RunModel[]
}

/** One model under one probe. */
export interface Experiment {
  index: number
  model: RunModel
  probe: RunProbe
  dataset: RunDataset
  /** The place of its first record in the run. */
  first: number
  /** Options for every call, weakest first: the model's, the run's, the probe's. The seed is that of repeat 0. */
  options: GenerateOptions
}

/** One item under one experiment, asked once. */
export interface Task {
  /** The record's place in the run. */
  index: number
  experiment: Experiment
  item: unknown
  itemIndex: number
  exampleId: string
  repeat: number
}
