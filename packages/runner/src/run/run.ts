import type { PluginRegistry } from '@insidellms/core'
import { createRedactor } from '../artifacts/redactor.ts'
import type { StatusCounts } from '../artifacts/summary.ts'
import type { ConfigFile } from '../config/config-schema.ts'
import { type LoadedConfig, parseConfig } from '../config/load-config.ts'
import { executeRun } from './execute-run.ts'
import { prepareRegistry } from './prepare-registry.ts'
import { prepareRun } from './prepare-run.ts'
import type { RunProgress } from './progress.ts'
import { closeModels } from './resolve-parts.ts'
import { chooseRunDirectory, openRunDirectory } from './run-directory.ts'

export interface RunOptions {
  /** Where models, probes and datasets come from. Default: the built-in probes and the project's plugins. */
  registry?: PluginRegistry
  /** Default: the config's `outputDir`, else a directory named by the run id. */
  runDir?: string
  /** Replace the run that the directory holds. Default: false. */
  overwrite?: boolean
  /** Overrides the config's. */
  concurrency?: number
  /** Told of the run's state at most ten times a second, and at its end. */
  onProgress?: (progress: RunProgress) => void
  /** Ends the run: calls under way are aborted, and what is done is kept. */
  signal?: AbortSignal
}

export interface RunResult {
  /** `stopped`: the signal ended it before its last item. */
  status: 'completed' | 'stopped'
  runId: string
  runDir: string
  /** Records in records.jsonl, by status. */
  counts: StatusCounts
  /** Records that a completed run has. */
  total: number
  progress: RunProgress
}

/**
 * Runs every model of a config against every probe, and writes a run directory. Errors of single items are records of
 * the run; what is thrown is what kept the run from beginning, or from being written.
 *
 * @throws {InsideLLMsError} `config`, `not_found`, `auth`, `load_failed`, `duplicate` ... before anything is written.
 */
export async function run(given: LoadedConfig | ConfigFile, options: RunOptions = {}): Promise<RunResult> {
  const loaded = isLoaded(given) ? given : parseConfig(given)
  const registry = options.registry ?? (await prepareRegistry(loaded))
  const prepared = await prepareRun(loaded, registry)
  try {
    const runDir = chooseRunDirectory({
      runId: prepared.runId,
      configDirectory: loaded.directory,
      ...(options.runDir !== undefined && { runDir: options.runDir }),
      ...(prepared.config.outputDir !== undefined && { outputDir: prepared.config.outputDir }),
    })
    const lock = openRunDirectory(runDir, options.overwrite ? 'overwrite' : 'fresh')
    try {
      return await executeRun({ prepared, runDir, registry, redact: createRedactor(loaded.secrets) }, options)
    } finally {
      lock.release()
    }
  } finally {
    await closeModels(prepared.models)
  }
}

function isLoaded(given: LoadedConfig | ConfigFile): given is LoadedConfig {
  return 'config' in given && 'shown' in given
}
