import type { GenerateOptions } from '@insidellms/core'
import { generationOptions, type Generation, type ModelEntry, type ProbeEntry } from '../config/config-schema.ts'

/** A model's `args` split into the options for every call and the settings of its provider. */
export function splitArguments(entry: ModelEntry): { options: GenerateOptions; settings: Record<string, unknown> } {
  const options: Record<string, unknown> = {}
  const settings: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(entry.args)) (generationOptions.has(key) ? options : settings)[key] = value
  return { options: options as GenerateOptions, settings }
}

/** In a run an option that the model does not support is an error: a dropped seed would invalidate a study. */
export function mergeOptions(model: ModelEntry, run: Generation, probe: ProbeEntry): GenerateOptions {
  return {
    onUnsupported: 'error',
    ...splitArguments(model).options,
    ...(run as GenerateOptions),
    ...probe.generation,
  } as GenerateOptions
}

/** Each repeat is a sample of its own, so a seed moves on with it. Without a seed none is sent. */
export function optionsOfRepeat(options: GenerateOptions, repeat: number): GenerateOptions {
  return options.seed === undefined ? options : { ...options, seed: options.seed + repeat }
}
