import { join } from 'node:path'
import { InsideLLMsError, type PluginRegistry } from '@insidellms/core'
import { stringify } from 'yaml'
import { buildManifest, type ManifestState } from '../artifacts/manifest.ts'
import { RecordBuilder } from '../artifacts/record.ts'
import type { Redactor } from '../artifacts/redactor.ts'
import { RunStreams } from '../artifacts/run-streams.ts'
import { ServedModels } from '../artifacts/served-models.ts'
import { SummaryBuilder } from '../artifacts/summary.ts'
import { SyntheticTime } from '../artifacts/synthetic-time.ts'
import { writeWhole } from '../artifacts/write-whole.ts'
import { sha256 } from '../sha256.ts'
import type { Task } from './experiment.ts'
import type { PreparedRun } from './prepare-run.ts'
import { ProgressMeter } from './progress.ts'
import { runFiles } from './run-directory.ts'
import { runInOrder } from './run-in-order.ts'
import { type FinishedTask, ItemRunner } from './run-item.ts'
import type { RunOptions, RunResult } from './run.ts'
import { TaskSource } from './task-source.ts'

const schemaUrl = 'https://unpkg.com/@insidellms/runner@1/schema/config.schema.json'

/** Characters of records that may wait for an earlier one: about 64 MB. */
const maxWaitingWeight = 1 << 26

export interface Execution {
  prepared: PreparedRun
  /** Open and locked. */
  runDir: string
  registry: PluginRegistry
  redact: Redactor
}

/** Asks and writes. The directory holds a run that can be resumed from its first moment on. */
export async function executeRun(
  { prepared, runDir, registry, redact }: Execution,
  { concurrency = prepared.config.concurrency, onProgress, signal }: RunOptions,
): Promise<RunResult> {
  const { runId, config, experiments, total } = prepared
  const time = new SyntheticTime(runId)
  const summary = new SummaryBuilder(experiments, config.confidenceLevel)
  const served = new ServedModels()
  const progress = new ProgressMeter(total, 0, onProgress)
  const write = (name: string, text: string): void => writeWhole(join(runDir, name), text)
  const writeManifest = (state: Pick<ManifestState, 'completed' | 'digests'>): void => {
    const facts = { ...prepared, time, registry, expected: total }
    write(runFiles.manifest, redact(prettyJson(buildManifest(facts, { ...state, counts: summary.counts, served }))))
  }

  const end = new AbortController()
  const stop = (): void => end.abort(signal?.reason)
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop)
  let written = 0
  try {
    const configText = redact(
      `# yaml-language-server: $schema=${schemaUrl}\n${stringify(prepared.shown, { sortMapEntries: true, lineWidth: 0 })}`,
    )
    write(runFiles.config, configText)
    writeManifest({ completed: false, digests: {} })
    const streams = new RunStreams(runDir, redact, (error) => end.abort(error))
    const tasks = new TaskSource(prepared.source, experiments, prepared.items, config.repeats)
    const records = new RecordBuilder(runId, time, prepared.dataset)
    const runner = new ItemRunner(records, end.signal, (line) => streams.addCall(line))
    let digests: { records: string; calls: string }
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
            for (const response of done.model.responses)
              if (response !== undefined) served.add(task.experiment.model.label, response)
            written++
          },
          weigh: ({ line }) => line.length,
        },
        { concurrency, window: Math.max(256, concurrency * 16), maxWaitingWeight, signal: end.signal },
      )
    } finally {
      await tasks.close()
      digests = streams.close()
    }
    if (end.signal.aborted && !signal?.aborted) throw end.signal.reason
    const summaryText = redact(prettyJson(summary.build(time.at(0), prepared.shown)))
    write(runFiles.summary, summaryText)
    writeManifest({
      completed: written === total,
      digests: {
        [runFiles.config]: sha256(configText),
        [runFiles.records]: digests.records,
        [runFiles.calls]: digests.calls,
        [runFiles.summary]: sha256(summaryText),
      },
    })
  } catch (error) {
    throw writeFailure(error, runDir)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  progress.tell()
  return {
    status: written === total ? 'completed' : 'stopped',
    runId,
    runDir,
    counts: summary.counts,
    total,
    progress: progress.snapshot(),
  }
}

function tokensOf({ model }: FinishedTask): [input: number, output: number] {
  let input = 0
  let output = 0
  for (const response of model.responses) {
    input += response?.usage?.inputTokens ?? 0
    output += response?.usage?.outputTokens ?? 0
  }
  return [input, output]
}

/** Sorted keys and two spaces, as the Python original writes its manifests. */
function prettyJson(value: unknown): string {
  return JSON.stringify(sorted(value), null, 2)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

function writeFailure(error: unknown, runDir: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (InsideLLMsError.isInstance(error) || code === undefined || syscall === undefined) return error
  const reason = code === 'ENOSPC' ? 'the disk is full' : (error as Error).message
  return new InsideLLMsError(
    'config',
    `Cannot write to the run directory ${runDir}: ${reason}. What is written is kept: mend that, and resume the run.`,
    { cause: error },
  )
}
