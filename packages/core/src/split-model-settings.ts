import type { ModelSettings } from './driver-model.ts'
import { isPortableOption } from './portable-options.ts'

const modelSettingNames: ReadonlySet<string> = new Set([
  'name',
  'maxRetries',
  'middleware',
  'timeoutMs',
  'providerOptions',
  'onUnsupported',
] satisfies (keyof ModelSettings)[])

/** Parts the settings that every model takes (options for each call, retries ...) from the driver's own. */
export function splitModelSettings<DriverSettings extends object>(
  settings: DriverSettings & ModelSettings,
): { driver: DriverSettings; model: ModelSettings } {
  const driver: Record<string, unknown> = {}
  const model: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(settings))
    if (value !== undefined) (modelSettingNames.has(name) || isPortableOption(name) ? model : driver)[name] = value
  return { driver: driver as DriverSettings, model }
}
