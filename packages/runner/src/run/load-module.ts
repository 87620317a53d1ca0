import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  InsideLLMsError,
  type Model,
  type ModelFactory,
  PluginRegistry,
  type Probe,
  type ProbeFactory,
} from '@insidellms/core'

/** A module of the user's own that a run uses, for the manifest. */
export interface LoadedModule {
  /** As the config names it. */
  type: string
  sha256: string
}

/** Whether a config's `type` is the path of a module, and no name in the registry. */
export function isModulePath(type: string): boolean {
  return type.startsWith('./') || type.startsWith('../') || type.startsWith('file:') || isAbsolute(type)
}

/**
 * Makes a model of a module's default export: a class that extends `Model`, a `Model`, a `ModelDriver`, or a function
 * that makes one of them.
 *
 * @throws {InsideLLMsError} `load_failed`.
 */
export async function loadModel(
  type: string,
  directory: string,
  settings: Record<string, unknown>,
): Promise<{ model: Model; module: LoadedModule }> {
  const { value, module } = await importDefault(type, directory)
  const factory: ModelFactory = (given) => {
    if (isModelClass(value)) return new value(given)
    return (typeof value === 'function' ? value(given) : value) as ReturnType<ModelFactory>
  }
  // A registry of its own, so that a path cannot take a name.
  const registry = new PluginRegistry()
  registry.models.register('module', factory)
  const model = await registry.models.get('module', settings)
  if (typeof model?.info !== 'function' || typeof model.respond !== 'function')
    throw new InsideLLMsError(
      'load_failed',
      `${type}: its default export makes no model. Export a class that extends Model.`,
    )
  return { model, module }
}

/**
 * Makes a probe of a module's default export: a probe, or a function that takes the settings and makes one.
 *
 * @throws {InsideLLMsError} `load_failed`.
 */
export async function loadProbe(
  type: string,
  directory: string,
  settings: Record<string, unknown>,
): Promise<{ probe: Probe; module: LoadedModule }> {
  const { value, module } = await importDefault(type, directory)
  const probe = await (typeof value === 'function' ? (value as ProbeFactory)(settings) : (value as Probe))
  const { name, version, primaryMetric, run } = (probe ?? {}) as Partial<Probe>
  if (typeof run !== 'function' || [name, version, primaryMetric].some((field) => typeof field !== 'string'))
    throw new InsideLLMsError(
      'load_failed',
      `${type}: its default export is no probe. A probe has name, version, primaryMetric and run(model, item).`,
    )
  return { probe, module }
}

function isModelClass(value: unknown): value is new (settings: Record<string, unknown>) => Model {
  return (
    typeof value === 'function' && typeof (value as { prototype?: Partial<Model> }).prototype?.generate === 'function'
  )
}

async function importDefault(type: string, directory: string): Promise<{ value: unknown; module: LoadedModule }> {
  const path = type.startsWith('file:') ? fileURLToPath(type) : resolve(directory, type)
  let loaded: { default?: unknown }
  let sha256: string
  try {
    sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
    loaded = (await import(pathToFileURL(realpathSync(path)).href)) as { default?: unknown }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new InsideLLMsError(
      'load_failed',
      code === 'ENOENT' ? `There is no module ${type} (${path}).` : `${type} failed to load: ${message}`,
      { cause: error },
    )
  }
  if (loaded.default === undefined) throw new InsideLLMsError('load_failed', `${type} has no default export.`)
  return { value: loaded.default, module: { type, sha256 } }
}
