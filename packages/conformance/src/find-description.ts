import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { didYouMean, InsideLLMsError } from '@insidellms/core'
import type { ProviderDescription } from './provider-description.ts'

/**
 * Loads the description of a package: from the module that its package.json names under `insidellms.conformance`, or
 * from another one. A module is `file`, for its default export, or `file#export`.
 *
 * @param target A package's name, looked for from `from` upwards, or its folder.
 * @throws {InsideLLMsError} `config` with what is missing, `load_failed` when the module throws.
 */
export async function findDescription(
  target: string,
  module: string | undefined,
  from: string,
): Promise<ProviderDescription> {
  const folder = findFolder(target, from)
  const named = module === undefined ? namedModule(folder) : resolve(from, module)
  const [file = '', name = 'default'] = named.split('#')
  if (!existsSync(file)) throw new InsideLLMsError('config', `${file} is not there. Build the package first.`)
  const exports = await load(file)
  const description = exports[name]
  if (!isDescription(description)) {
    const near = didYouMean(name, Object.keys(exports))
    throw new InsideLLMsError(
      'config',
      `${file} exports no description as "${name}".${near ? ` Did you mean "${near}"?` : ''} It must have createDriver, and wire or noWire.`,
    )
  }
  return { ...description, package: description.package ?? folder }
}

function findFolder(target: string, from: string): string {
  const folder = resolve(from, target)
  if (existsSync(join(folder, 'package.json'))) return folder
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', target)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (dirname(directory) === directory)
      throw new InsideLLMsError(
        'config',
        `There is no package "${target}" in ${from} or above it. Install it, or give the path of its folder.`,
      )
  }
}

function namedModule(folder: string): string {
  const path = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { insidellms?: { conformance?: unknown } }
  const module = manifest.insidellms?.conformance
  if (typeof module === 'string') return join(folder, module)
  throw new InsideLLMsError(
    'config',
    `${path} names no "insidellms.conformance", the module that describes the provider to this kit. Add it, or pass --description.`,
  )
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    throw new InsideLLMsError('load_failed', `${file} could not be loaded: ${String(error)}`, { cause: error })
  }
}

function isDescription(value: unknown): value is ProviderDescription {
  const { createDriver, wire, noWire } = (value ?? {}) as Partial<ProviderDescription>
  return typeof createDriver === 'function' && (wire !== undefined || noWire !== undefined)
}
