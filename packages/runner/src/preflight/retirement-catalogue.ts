import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ModelInfo } from '@insidellms/core'
import { findInstalled } from '../find-installed.ts'
import type { CatalogueFacts } from './finding.ts'

/** The package that knows dates of retirement. Not a dependency: its licence is not ours, so that whoever wants it adds it. */
export const retirementPackage = '@llmgateway/models'

/** What the catalogue calls the vendor of each provider. */
const vendors: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google-ai-studio',
  cohere: 'cohere',
}

export interface RetirementCatalogue extends CatalogueFacts {
  /** When a vendor switches the model off, YYYY-MM-DD. */
  dateOf(model: Pick<ModelInfo, 'provider' | 'modelId'>): string | undefined
}

interface Entry {
  releasedAt?: unknown
  providers?: { providerId?: string; externalId?: string; modelName?: string; deactivatedAt?: unknown }[]
}

/** Undefined where the project has no such package, or one of another shape. */
export async function loadRetirementCatalogue(
  project: string,
  today: string,
): Promise<RetirementCatalogue | undefined> {
  const directory = resolve(project)
  const version = findInstalled(retirementPackage, directory)?.version
  if (version === undefined) return undefined
  let models: unknown
  try {
    const path = createRequire(join(directory, 'package.json')).resolve(retirementPackage)
    models = ((await import(pathToFileURL(path).href)) as { models?: unknown }).models
  } catch {
    return undefined
  }
  if (!Array.isArray(models)) return undefined
  const { dates, newest } = readEntries(models as Entry[], today)
  return {
    name: retirementPackage,
    version,
    ...(newest !== undefined && { newest }),
    dateOf: ({ provider, modelId }) => dates.get(`${vendors[provider]} ${modelId}`),
  }
}

function readEntries(models: Entry[], today: string): { dates: Map<string, string>; newest: string | undefined } {
  const dates = new Map<string, string>()
  const active = new Set<string>()
  let newest: string | undefined
  for (const { releasedAt, providers = [] } of models) {
    if (releasedAt instanceof Date) newest = later(newest, day(releasedAt), today)
    for (const { providerId, externalId, modelName, deactivatedAt } of providers) {
      const key = `${providerId} ${externalId ?? modelName}`
      if (deactivatedAt instanceof Date) dates.set(key, day(deactivatedAt))
      else active.add(key)
    }
  }
  // Some models are listed twice, and only one of the entries has ended.
  for (const key of active) dates.delete(key)
  return { dates, newest }
}

export function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

/** The newest YYYY-MM-DD in a text that is not in the future. */
export function newestDay(text: string, today: string): string | undefined {
  let newest: string | undefined
  for (const [found] of text.matchAll(/\b20\d\d-(0[1-9]|1[0-2])-([0-2]\d|3[01])(?!\d)/g))
    newest = later(newest, found, today)
  return newest
}

function later(newest: string | undefined, found: string, today: string): string | undefined {
  return found <= today && (newest === undefined || found > newest) ? found : newest
}
