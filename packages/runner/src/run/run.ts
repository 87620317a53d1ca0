import { InsideLLMsError, type PluginRegistry } from '@insidellms/core'
import { createRedactor } from '../artifacts/redactor.ts'
import type { StatusCounts } from '../artifacts/summary.ts'
import type { ConfigFile } from '../config/config-schema.ts'
import { isLoadedConfig, type LoadedConfig, parseConfig } from '../config/load-config.ts'
import type { PreflightFinding } from '../preflight/finding.ts'
import { inspectPreparedModels, preflight } from '../preflight/preflight-run.ts'
import { ReplaySource } from '../replay/replay-source.ts'
import { executeRun } from './execute-run.ts'
import { prepareRegistry } from './prepare-registry.ts'
import { type PreparedRun, prepareRun } from './prepare-run.ts'
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
  /**
   * Refuse to ask models whose names may come to mean others, that are retired or deprecated, or whose window the longest
   * prompt may not fit into. Default: false, and `onFinding` is told. A plain replay asks nobody, and is not refused.
   */
  strict?: boolean
  /** The project whose plugins, and whose catalogue of retirement dates, are used. Default: the working directory's. */
  project?: string
  /** Told, before the first request, what speaks against a model's name. */
  onFinding?: (finding: PreflightFinding) => void
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
  const loaded = isLoadedConfig(given) ? given : parseConfig(given)
  const { overwrite = false, resume = false, allowNew = false, strict = false } = options
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
  const registry =
    options.registry ??
    (await prepareRegistry(loaded, options.project === undefined ? {} : { project: options.project }))
  const source = options.replay === undefined ? undefined : await ReplaySource.open(options.replay)
  try {
    const replay = source && { source, allowNew }
    const prepared = await prepareRun(loaded, registry, { replay, sample: strict })
    try {
      const findings = await lookAhead(prepared, options)
      const runDir = chooseRunDirectory({
        runId: prepared.runId,
        configDirectory: loaded.directory,
        ...(options.runDir !== undefined && { runDir: options.runDir }),
        ...(prepared.config.outputDir !== undefined && { outputDir: prepared.config.outputDir }),
      })
      const lock = openRunDirectory(runDir, resume ? 'resume' : overwrite ? 'overwrite' : 'fresh')
      try {
        const redact = createRedactor(loaded.secrets)
        return await executeRun({ prepared, findings, runDir, registry, redact, replay }, options)
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

/**
 * Nothing is asked of a model by a plain replay, so that nothing speaks against one.
 *
 * @throws {InsideLLMsError} `config`: a strict run is refused.
 */
async function lookAhead(
  prepared: PreparedRun,
  { project = process.cwd(), replay, allowNew, strict, onFinding }: RunOptions,
): Promise<PreflightFinding[]> {
  if (replay !== undefined && !allowNew) return []
  const findings = strict
    ? (await preflight(prepared, project)).findings
    : await inspectPreparedModels(prepared, project)
  const refused = strict ? findings.filter((finding) => finding.refused) : []
  if (refused.length > 0)
    throw new InsideLLMsError(
      'config',
      `A strict run is refused: ${refused.map(({ message }) => message).join(' ')} Mend that, or run without strict.`,
    )
  for (const finding of findings) onFinding?.(finding)
  return findings
}
