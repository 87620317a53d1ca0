import { dirname, resolve } from 'node:path'
import { InsideLLMsError, type JsonObject, type PluginRegistry } from '@insidellms/core'
import { diffRuns } from '../diff/diff-runs.ts'
import type { DiffReport } from '../diff/diff-report.ts'
import { openRun } from '../read/open-run.ts'
import { prepareRegistry } from '../run/prepare-registry.ts'
import type { RunProgress } from '../run/progress.ts'
import { run, type RunResult } from '../run/run.ts'
import { compareInstallation, type InstallationComparison } from './compare-installation.ts'
import { findConfigDirectory } from './find-config-directory.ts'
import { loadResolvedConfig } from './load-resolved-config.ts'

export interface ReproduceOptions {
  /** Ask the models again. Default: false, and the run's own calls answer. */
  ask?: boolean
  /** Where the new run is written. Default: beside the old one, with `-reproduced` behind its name. */
  runDir?: string
  /** Replace the run that the directory holds. Default: false. */
  overwrite?: boolean
  /** Where the config's relative paths start. Default: as the manifest says, else where its files are found. */
  configDirectory?: string
  /** The project whose plugins and packages to use. Default: the working directory's. */
  project?: string
  /** Default: the built-in probes and the project's plugins, as the config lists them. */
  registry?: (plugins: readonly string[] | undefined) => Promise<PluginRegistry>
  /** What `${VAR}` reads. Default: `process.env`. */
  environment?: Record<string, string | undefined>
  /** Overrides the config's. */
  concurrency?: number
  /** Left out of the comparison of the two runs, as in `diffRuns`. */
  ignore?: readonly string[]
  /** Told what moved before anything runs. */
  onCompared?: (comparison: InstallationComparison) => void
  onProgress?: (progress: RunProgress) => void
  /** Ends the new run; what is done is kept. */
  signal?: AbortSignal
}

export interface Reproduction {
  comparison: InstallationComparison
  run: RunResult
  /** Absent when the signal ended the new run. */
  diff?: DiffReport
  /** Whether every item came out as it was, in outputs, scores and errors. */
  same: boolean
}

/**
 * Runs a run again from nothing but its directory, and compares. Says first what moved since: versions, code, dataset,
 * weights, lockfile, commit. The run directory may have been moved.
 *
 * @throws {InsideLLMsError} `not_found` where there is no run, `config` for a missing variable, or a dataset that is not
 *   there or has another hash, `invalid_request` for a run that never ended, and what `run` throws.
 */
export async function reproduceRun(path: string, options: ReproduceOptions = {}): Promise<Reproduction> {
  const { ask = false, project = process.cwd(), environment = process.env } = options
  const opened = await openRun(path)
  const directory = dirname(opened.recordsPath)
  const manifest = checkManifest(opened.manifest, path)
  let loaded = await loadResolvedConfig(directory, false, environment)
  const configDirectory =
    options.configDirectory === undefined
      ? findConfigDirectory(directory, manifest, loaded.config)
      : resolve(options.configDirectory)
  const comparison = await compareInstallation(manifest, { configDirectory, project: resolve(project) })
  options.onCompared?.(comparison)
  checkDatasets(comparison, configDirectory)
  if (ask) loaded = await loadResolvedConfig(directory, true, environment)

  const { outputDir: _outputDir, ...config } = loaded.config
  const prepared = { ...loaded, config, directory: configDirectory }
  const registry = await (options.registry?.(config.plugins) ??
    prepareRegistry(prepared, options.project === undefined ? {} : { project: options.project }))
  const result = await run(prepared, {
    registry,
    runDir: options.runDir ?? `${resolve(directory)}-reproduced`,
    ...(options.overwrite && { overwrite: true }),
    ...(!ask && { replay: directory }),
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.signal && { signal: options.signal }),
  })
  if (result.status === 'stopped') return { comparison, run: result, same: false }
  const diff = await diffRuns(path, result.runDir, options.ignore === undefined ? {} : { ignore: options.ignore })
  return { comparison, run: result, diff, same: isSame(diff) }
}

function checkManifest(manifest: JsonObject | undefined, path: string): JsonObject {
  if (manifest === undefined || manifest['run_completed'] === false)
    throw new InsideLLMsError(
      'invalid_request',
      `The run in ${path} was stopped before its end. Resume it, then reproduce it.`,
    )
  const { versions } = (manifest['custom'] ?? {}) as { versions?: { runner?: unknown } }
  if (typeof versions?.runner !== 'string')
    throw new InsideLLMsError(
      'invalid_request',
      `The run in ${path} was not made by insideLLMs for TypeScript, which alone can run it again. Compare it with another run: diff.`,
    )
  return manifest
}

/** The run would refuse them too, but only after it has made every model. */
function checkDatasets({ moved }: InstallationComparison, configDirectory: string): void {
  const dataset = moved.find(({ what }) => what.startsWith('dataset '))
  if (dataset === undefined) return
  const { what, before, now } = dataset
  throw new InsideLLMsError(
    'config',
    now === undefined
      ? `The ${what} is not in ${configDirectory}. Put it there, or say where the config's relative paths start (configDirectory, --config-directory).`
      : `The ${what} in ${configDirectory} is not what the run asked: its hash is ${now}, it was ${before}. Restore it.`,
  )
}

function isSame({ counts }: DiffReport): boolean {
  return counts.common === counts.unchanged && counts.onlyBaseline + counts.onlyCandidate === 0
}
