import { InsideLLMsError } from '@insidellms/core'
import { firstRecord } from '../read/first-record.ts'
import { identicalFiles } from '../read/identical-files.ts'
import { openRun, type RunDirectory } from '../read/open-run.ts'
import type { RecordView } from '../read/record-view.ts'
import { DiffCollector } from './diff-collector.ts'
import type { DiffReport, GateName, ItemDiff } from './diff-report.ts'
import { decideGate, gateNames } from './gates.ts'
import { manifestCauses } from './manifest-causes.ts'
import { pairKey } from './pair-key.ts'
import { showPrompts } from './show-prompts.ts'
import { verdict } from './verdict.ts'
import { walkPairs } from './walk-pairs.ts'

export interface DiffOptions {
  /** Gates to decide. Default: none, and the exit code is 0 whatever changed. */
  failOn?: readonly GateName[]
  /**
   * Names that are left out: members of a record (`output`, `scores`, `status`, `error`, `trace`), keys at any depth of
   * outputs that are JSON, and causes. Case does not matter.
   */
  ignore?: readonly string[]
  /** Level of the tests. Default: 0.05. */
  alpha?: number
  /** Of the intervals. Default: 0.95. */
  confidence?: number
  /** Of resampling. Default: 1. */
  seed?: number
  /** Most items, and most lone items of each side, that the report lists. The counts are of all. Default: 1,000. */
  limit?: number
  /** Called with every changed item, also beyond `limit`. */
  onItem?: (item: ItemDiff) => void
}

/**
 * Compares two run directories, ours or the Python original's in any mixture. Items pair by model, probe, example id and
 * repeat. Memory does not grow with the runs while both keep their order.
 *
 * @throws {InsideLLMsError} `not_found` where there is no run, `invalid_request` for records that cannot be read or an
 * empty side, `config` for a wrong option.
 */
export async function diffRuns(baseline: string, candidate: string, options: DiffOptions = {}): Promise<DiffReport> {
  const { failOn = [], alpha = 0.05, confidence = 0.95, seed = 1, limit = 1_000, onItem } = options
  checkOptions(failOn, alpha, confidence)
  const ignore = new Set((options.ignore ?? []).map((name) => name.trim().toLowerCase()).filter((name) => name !== ''))
  const runs = { baseline: await openRun(baseline), candidate: await openRun(candidate) }
  const first = {
    baseline: await firstRecord(runs.baseline.recordsPath),
    candidate: await firstRecord(runs.candidate.recordsPath),
  }
  const collector = new DiffCollector({ ignore, limit, onItem })
  for (const side of ['baseline', 'candidate'] as const) collector.noteRunId(side, first[side])

  const identical = await identicalFiles(runs.baseline.recordsPath, runs.candidate.recordsPath)
  if (identical !== undefined) collector.identical(identical)
  else {
    const bridged = (first.baseline?.callBytes === undefined) !== (first.candidate?.callBytes === undefined)
    await walkPairs(runs.baseline.recordsPath, runs.candidate.recordsPath, pairKey(bridged), collector)
  }
  await showPrompts(collector.items, runs.baseline, runs.candidate)
  const { counts } = collector
  checkNotEmpty(runs.baseline, counts.common + counts.onlyBaseline)
  checkNotEmpty(runs.candidate, counts.common + counts.onlyCandidate)

  const statistics = collector.statistics.report({ alpha, confidence, seed })
  const gates = failOn.map((gate) => decideGate(gate, counts, statistics))
  const causes = collector.causes.report(manifestCauses(runs.baseline, runs.candidate))
  const stated = statesBackend(runs.baseline, first.baseline) && statesBackend(runs.candidate, first.candidate)
  return {
    schema: 'insidellms.diff/1',
    baseline,
    candidate,
    runIds: { baseline: [...collector.runIds.baseline].sort(), candidate: [...collector.runIds.candidate].sort() },
    identical: identical !== undefined,
    counts,
    duplicates: collector.duplicates,
    items: collector.items,
    onlyBaseline: collector.lone.baseline,
    onlyCandidate: collector.lone.candidate,
    causes,
    verdict: verdict(counts, causes, stated),
    statistics,
    ignored: [...ignore].sort(),
    warnings: collector.warnings,
    gates,
    exitCode: gates.some((gate) => gate.hit) ? 2 : 0,
  }
}

function checkOptions(failOn: readonly string[], alpha: number, confidence: number): void {
  const unknown = failOn.find((gate) => !(gateNames as readonly string[]).includes(gate))
  if (unknown !== undefined)
    throw new InsideLLMsError('config', `There is no gate "${unknown}". The gates are ${gateNames.join(', ')}.`)
  for (const [name, value] of Object.entries({ alpha, confidence }))
    if (!(value > 0 && value < 1))
      throw new InsideLLMsError(
        'config',
        `${name} is ${value}; it must lie between 0 and 1, such as ${name === 'alpha' ? '0.05' : '0.95'}.`,
      )
}

function checkNotEmpty(run: RunDirectory, records: number): void {
  if (records === 0)
    throw new InsideLLMsError('invalid_request', `${run.recordsPath} holds no record: there is nothing to compare.`)
}

/** Whether a run says anything about what answered it. The original's runs do not. */
function statesBackend({ manifest }: RunDirectory, first: RecordView | undefined): boolean {
  const named = /"served":\{"/
  return named.test(first?.callBytes?.toString('utf8') ?? '') || /"served":\[\{"/.test(JSON.stringify(manifest ?? {}))
}
