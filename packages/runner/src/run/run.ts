import { InsideLLMsError, type PluginRegistry } from '@insidellms/core'
import { createRedactor } from '../artifacts/redactor.ts'
import type { StatusCounts } from '../artifacts/summary.ts'
import type { ConfigFile } from '../config/config-schema.ts'
import { type LoadedConfig, parseConfig } from '../config/load-config.ts'
import { ReplaySource } from '../replay/replay-source.ts'
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
  /**
   * Go on with the unfinished run that the directory holds: nothing that was answered is asked again. A directory without
   * a run begins one. Default: false.
   */
  resume?: boolean
  /** With `resume`: ask again for the records that are errors. Default: false. */
  retryErrors?: boolean
  /** A run directory whose recorded calls answer in place of the models. */
  replay?: string
  /** With `replay`: ask what was not recorded. Default: false, and a request that was not recorded ends the run. */
  allowNew?: boolean
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
  const { overwrite = false, resume = false, allowNew = false } = options
  if (overwrite && resume)
    throw new InsideLLMsError(
      'invalid_request',
      'Give resume or overwrite, not both: one keeps the old run, the other removes it.',
    )
  if (options.concurrency !== undefined && !(Number.isSafeInteger(options.concurrency) && options.concurrency > 0))
    throw new InsideLLMsError(
      'invalid_request',
      `concurrency must be a whole number above 0; it is ${options.concurrency}.`,
    )
  const registry = options.registry ?? (await prepareRegistry(loaded))
  const source = options.replay === undefined ? undefined : await ReplaySource.open(options.replay)
  try {
    const prepared = await prepareRun(loaded, registry, source && { source, allowNew })
    try {
      const runDir = chooseRunDirectory({
        runId: prepared.runId,
        configDirectory: loaded.directory,
        ...(options.runDir !== undefined && { runDir: options.runDir }),
        ...(prepared.config.outputDir !== undefined && { outputDir: prepared.config.outputDir }),
      })
      const lock = openRunDirectory(runDir, resume ? 'resume' : overwrite ? 'overwrite' : 'fresh')
      try {
        const redact = createRedactor(loaded.secrets)
        return await executeRun({ prepared, runDir, registry, redact, replay: source && { source, allowNew } }, options)
      } finally {
        lock.release()
      }
    } finally {
      await closeModels([...prepared.models, ...prepared.judges])
    }
  } finally {
    source?.close()
  }
}

function isLoaded(given: LoadedConfig | ConfigFile): given is LoadedConfig {
  return 'config' in given && 'shown' in given
}
