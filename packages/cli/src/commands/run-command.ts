import { loadConfig, type LoadedConfig, preflightRun, run, writeReport } from '@insidellms/runner'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { findingLine, preflightTable } from '../preflight-table.ts'
import { runSummary } from '../run-summary.ts'
import { TerminalProgress } from '../terminal-progress.ts'
import { UsageError } from '../usage-error.ts'

export interface RunCommandOptions {
  runDir?: string
  overwrite?: boolean
  resume?: boolean
  retryErrors?: boolean
  replay?: string
  allowNew?: boolean
  concurrency?: number
  limit?: number
  dryRun?: boolean
  strict?: boolean
  report?: boolean
  quiet?: boolean
}

/** `insidellms run <config>` and `insidellms harness <config>`: one engine. */
export async function runCommand(path: string, options: RunCommandOptions, context: CommandContext): Promise<number> {
  if (options.retryErrors && !options.resume) throw new UsageError('--retry-errors goes with --resume.')
  if (options.dryRun && options.replay !== undefined)
    throw new UsageError('--dry-run is about asking; a --replay asks nobody.')
  if (options.strict && options.replay !== undefined && !options.allowNew)
    throw new UsageError('--strict is about asking; a --replay without --allow-new asks nobody.')
  if (options.allowNew && options.replay === undefined) throw new UsageError('--allow-new goes with --replay.')
  const asks = options.replay === undefined || options.allowNew === true
  const loaded = withLimit(await loadConfig(path, { asks }), options.limit)
  const registry = await context.registry(loaded.config.plugins)
  const { project } = context.options
  if (options.dryRun) {
    const report = await preflightRun(loaded, { registry, ...(project !== undefined && { project }) })
    context.stdout.write(preflightTable(report))
    return options.strict && report.findings.some(({ refused }) => refused) ? exitCodes.failed : exitCodes.ok
  }
  const progress = new TerminalProgress(context)
  try {
    const result = await run(loaded, {
      registry,
      signal: context.signal,
      ...(options.runDir !== undefined && { runDir: options.runDir }),
      ...(options.overwrite && { overwrite: true }),
      ...(options.resume && { resume: true }),
      ...(options.retryErrors && { retryErrors: true }),
      ...(options.replay !== undefined && { replay: options.replay }),
      ...(options.allowNew && { allowNew: true }),
      ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
      ...(options.strict && { strict: true }),
      ...(project !== undefined && { project }),
      onFinding: (finding) => context.stderr.write(`${findingLine(finding)}\n`),
      ...(!options.quiet && { onProgress: progress.show }),
    })
    progress.end()
    context.stdout.write(await runSummary(result))
    if (options.report && result.status === 'completed') {
      const title = loaded.config.reportTitle
      const { path: page } = await writeReport([result.runDir], title === undefined ? {} : { title })
      context.stdout.write(`Report: ${page}\n`)
    }
    const everythingFailed = result.total > 0 && result.counts.success === 0
    return everythingFailed ? exitCodes.failed : exitCodes.ok
  } finally {
    progress.end()
  }
}

function withLimit(loaded: LoadedConfig, limit: number | undefined): LoadedConfig {
  if (limit === undefined) return loaded
  return {
    ...loaded,
    config: { ...loaded.config, maxExamples: limit },
    shown: { ...loaded.shown, maxExamples: limit },
  }
}
