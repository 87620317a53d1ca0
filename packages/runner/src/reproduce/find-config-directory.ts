import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JsonObject } from '@insidellms/core'
import type { RunConfig } from '../config/config-schema.ts'
import { isModulePath } from '../run/load-module.ts'

/**
 * Where the relative paths of a run's config start. The manifest says it from the run directory, which may have been
 * moved since: then the working directory and the run's own are looked in, and the first one that has every file is taken.
 */
export function findConfigDirectory(runDirectory: string, manifest: JsonObject, config: RunConfig): string {
  const { config_directory: place } = (manifest['custom'] ?? {}) as { config_directory?: string }
  const recorded = resolve(runDirectory, place ?? '.')
  const wanted = filesOf(config)
  const hasAll = (directory: string): boolean => wanted.every((path) => existsSync(resolve(directory, path)))
  return [recorded, process.cwd(), resolve(runDirectory)].find(hasAll) ?? recorded
}

/** Datasets that are one file, and modules. Patterns are left to the run. */
function filesOf({ dataset, models, probes }: RunConfig): string[] {
  const paths = [dataset, ...probes.map((probe) => probe.dataset)].flatMap((one) =>
    typeof one?.path === 'string' && one.format !== 'huggingface' && one.format !== 'hf' ? [one.path] : [],
  )
  const modules = [...models, ...probes].map(({ type }) => type).filter(isModulePath)
  return [
    ...paths.filter((path) => !/[*?{[]/.test(path)).map((path) => path.replaceAll('\\', '/')),
    ...modules.filter((type) => !type.startsWith('file:')),
  ]
}
