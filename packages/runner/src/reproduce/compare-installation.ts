import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { JsonObject } from '@insidellms/core'
import { readSurroundings } from '../artifacts/surroundings.ts'
import { readVersions } from '../artifacts/versions.ts'
import { findInstalled, type InstalledPackage } from '../find-installed.ts'
import { sha256OfFile } from '../sha256-of-file.ts'
import { readRecordedFacts } from './recorded-facts.ts'

/** Something that a run was made with. */
export interface InstallationFact {
  /** Such as `Node.js`, `@insidellms/provider-openai` or `dataset data.jsonl`. */
  what: string
  before: string
  /** Absent when it is not there any more. */
  now?: string
}

export interface InstallationComparison {
  /** How many facts were looked at. */
  compared: number
  /** Those that are not what they were. */
  moved: InstallationFact[]
}

export interface InstallationPlaces {
  /** Where the run's config has its relative paths start. */
  configDirectory: string
  /** The project whose node_modules to look in. */
  project: string
}

/** Compares what a run was made with, as its manifest says, with what is installed and stored now. Runs no plugin's code. */
export async function compareInstallation(
  manifest: JsonObject,
  { configDirectory, project }: InstallationPlaces,
): Promise<InstallationComparison> {
  const then = readRecordedFacts(manifest)
  const versions = readVersions()
  const surroundings = (await readSurroundings(configDirectory, project)) as Pick<typeof then, 'git' | 'lockfile'>
  const facts: InstallationFact[] = []
  const compare = (what: string, before: string | undefined, now: string | undefined): void => {
    if (before !== undefined) facts.push({ what, before, ...(now !== undefined && { now }) })
  }
  compare('@insidellms/core', then.core, versions.core)
  compare('@insidellms/runner', then.runner, versions.runner)
  compare('Node.js', then.node, versions.node)

  const plugins: InstalledPackage[] = []
  for (const { name, version, entry, sha256 } of then.plugins) {
    const installed = findInstalled(name, project)
    if (installed !== undefined) plugins.push(installed)
    compare(name, version, installed?.version)
    if (entry !== undefined)
      compare(`${name}, code of ${entry}`, sha256, await hashIfThere(installed && join(installed.directory, entry)))
  }
  for (const { name, version } of then.sdks) {
    const installed = firstOf([...plugins.map(({ directory }) => directory), project], (from) =>
      findInstalled(name, from),
    )
    compare(`SDK ${name}`, version, installed?.version)
  }
  for (const { entry, sha256 } of then.modules)
    compare(`module ${entry}`, sha256, await hashIfThere(resolve(configDirectory, entry)))
  for (const { path, sha256 } of then.weights) compare(`weights ${path}`, sha256, await hashIfThere(resolve(path)))
  for (const { path, hash } of then.datasets) {
    const now = await hashIfThere(resolve(configDirectory, path.replaceAll('\\', '/')))
    compare(`dataset ${path}`, hash, now === undefined ? undefined : `sha256:${now}`)
  }
  const { git, lockfile } = surroundings
  compare('git commit', then.git && describeGit(then.git), git && describeGit(git))
  compare(
    `lockfile ${then.lockfile?.name}`,
    then.lockfile?.sha256,
    lockfile?.name === then.lockfile?.name ? lockfile?.sha256 : undefined,
  )
  return { compared: facts.length, moved: facts.filter((fact) => fact.before !== fact.now) }
}

function describeGit({ commit, dirty }: { commit: string; dirty: boolean }): string {
  return dirty ? `${commit} with changes` : commit
}

async function hashIfThere(path: string | undefined): Promise<string | undefined> {
  return path !== undefined && existsSync(path) ? sha256OfFile(path) : undefined
}

function firstOf<T, R>(values: readonly T[], find: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = find(value)
    if (found !== undefined) return found
  }
  return undefined
}
