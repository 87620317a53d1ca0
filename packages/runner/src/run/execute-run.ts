import { join } from 'node:path'
import { InsideLLMsError, type JsonObject, type PluginRegistry } from '@insidellms/core'
import { stringify } from 'yaml'
import { writeAllLineDigests } from '../artifacts/line-digests.ts'
import { buildManifest } from '../artifacts/manifest.ts'
import { prettyJson } from '../artifacts/pretty-json.ts'
import { RecordBuilder } from '../artifacts/record.ts'
import type { Redactor } from '../artifacts/redactor.ts'
import { RunStreams } from '../artifacts/run-streams.ts'
import { ServedModels } from '../artifacts/served-models.ts'
import { SummaryBuilder } from '../artifacts/summary.ts'
import { relativePlace } from '../artifacts/surroundings.ts'
import { SyntheticTime } from '../artifacts/synthetic-time.ts'
import { writeWhole } from '../artifacts/write-whole.ts'
import { configSchemaUrl } from '../config/config-json-schema.ts'
import type { PreflightFinding } from '../preflight/finding.ts'
import { sha256 } from '../sha256.ts'
import type { Task } from './experiment.ts'
import { HeapLimit } from './heap-limit.ts'
import type { PreparedRun } from './prepare-run.ts'
import { ProgressMeter } from './progress.ts'
import { recallFrom } from './recall-from.ts'
import type { ReplayOptions } from './resolve-parts.ts'
import { checkSameRun, checkSameWeights, type Resumed, resumeRun } from './resume-run.ts'
import { runFiles } from './run-directory.ts'
import { runInOrder } from './run-in-order.ts'
import { type FinishedTask, ItemRunner } from './run-item.ts'
import type { RunOptions, RunResult } from './run.ts'
import { TaskSource } from './task-source.ts'
import { writeReason } from './write-reason.ts'

/** Characters of records that may wait for an earlier one: about 64 MB. */
const maxWaitingWeight = 1 << 26

export interface Execution {
  prepared: PreparedRun
  /** What was said of its models before it began. */
  findings: readonly PreflightFinding[]
  /** Open and locked. */
  runDir: string
  registry: PluginRegistry
  redact: Redactor
  replay: ReplayOptions | undefined
}

/** Asks and writes. The directory holds a run that can be resumed from its first moment on. */
export async function executeRun(execution: Execution, options: RunOptions): Promise<RunResult> {
  const { prepared, findings, runDir, registry, redact, replay } = execution
  const { concurrency = prepared.config.concurrency, onProgress, signal, resume = false, retryErrors = false } = options
  const { runId, config, experiments, total } = prepared
  const time = new SyntheticTime(runId)
  const summary = new SummaryBuilder(experiments, config.confidenceLevel)
  const served = new ServedModels()
  const manifest = (completed: boolean, digests: Record<string, string>): JsonObject =>
    buildManifest(
      {
        ...prepared,
        findings,
        replayed: replay?.allowNew === false,
        time,
        registry,
        expected: total,
        configDirectory: relativePlace(runDir, prepared.directory),
      },
      { completed, digests, counts: summary.counts, served },
    )
  const write = (name: string, text: string): string => {
    const clean = redact(text)
    writeWhole(join(runDir, name), clean)
    return sha256(clean)
  }

  const end = new AbortController()
  const stop = (): void => end.abort(signal?.reason)
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop)
  let old: Resumed | undefined
  const memory = new HeapLimit()
  try {
    if (resume) {
      checkSameRun(runDir, prepared, manifest(false, {}))
      old = await resumeRun(runDir, prepared, summary, served, retryErrors)
      if (replay?.allowNew !== false) await checkSameWeights(runDir, prepared, served)
    }
    const first = old?.first ?? 0
    let written = first
    const progress = new ProgressMeter(total, first, first - summary.counts.success, onProgress)
    const digests: Record<string, string> = { [runFiles.config]: write(runFiles.config, configText(prepared.shown)) }
    write(runFiles.manifest, prettyJson(manifest(false, {})))
    const streams = new RunStreams(runDir, redact, (error) => end.abort(error), old?.digests)
    const tasks = new TaskSource(experiments, config.repeats, first)
    const records = new RecordBuilder(runId, time)
    const recall = recallFrom(old?.calls, replay, end)
    const context = { log: (line: string) => streams.addCall(line), ...(recall !== undefined && { recall }) }
    const runner = new ItemRunner(records, context, end.signal)
    try {
      await runInOrder<Task, FinishedTask>(
        {
          next: () => tasks.next(),
          ended: () => tasks.ended,
          refill: () => tasks.refill(),
          async run(task) {
            const done = await runner.run(task)
            if (done !== undefined) progress.add(done.status !== 'success', ...tokensOf(done))
            return done
          },
          deliver(done, task) {
            streams.addRecord(done.line)
            summary.add(task, done)
            for (const { asked, response } of done.calls.made)
              if (response !== undefined) served.add(asked.label, response)
            written++
            memory.tick()
          },
          weigh: ({ line }) => line.length,
        },
        { concurrency, window: Math.max(256, concurrency * 16), maxWaitingWeight, signal: end.signal },
      )
    } finally {
      await tasks.close()
      Object.assign(digests, streams.close())
    }
    if (end.signal.aborted && !signal?.aborted) throw end.signal.reason
    for (const { source, sourceState } of prepared.datasets)
      if ((await source.state()) !== sourceState)
        throw new InsideLLMsError(
          'config',
          `The dataset ${source.label} was changed while the run read it, so nobody can say what was asked. Begin a new run.`,
        )
    digests[runFiles.summary] = write(runFiles.summary, prettyJson(summary.build(time.at(0), prepared.shown)))
    const completed = written === total
    if (completed) Object.assign(digests, await writeAllLineDigests(runDir))
    write(runFiles.manifest, prettyJson(manifest(completed, digests)))
    progress.tell()
    return {
      status: completed ? 'completed' : 'stopped',
      runId,
      runDir,
      counts: summary.counts,
      total,
      progress: progress.snapshot(),
    }
  } catch (error) {
    throw writeFailure(error, runDir)
  } finally {
    memory.lift()
    old?.calls?.close()
    signal?.removeEventListener('abort', stop)
  }
}

function configText(shown: JsonObject): string {
  return `# yaml-language-server: $schema=${configSchemaUrl}\n${stringify(shown, { sortMapEntries: true, lineWidth: 0 })}`
}

function tokensOf({ calls }: FinishedTask): [input: number, output: number] {
  let input = 0
  let output = 0
  for (const { response } of calls.made) {
    input += response?.usage?.inputTokens ?? 0
    output += response?.usage?.outputTokens ?? 0
  }
  return [input, output]
}

function writeFailure(error: unknown, runDir: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (InsideLLMsError.isInstance(error) || code === undefined || syscall === undefined) return error
  return new InsideLLMsError(
    'config',
    `Cannot write to the run directory ${runDir}: ${writeReason(error)}. What is written is kept: mend that, and resume the run.`,
    { cause: error },
  )
}
