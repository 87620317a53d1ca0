import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { InsideLLMsError, type JsonValue } from '@insidellms/core'
import { diffRuns } from '../diff/diff-runs.ts'
import type { DiffReport } from '../diff/diff-report.ts'
import { openRun, type RunDirectory } from '../read/open-run.ts'
import { readRecords } from '../read/read-records.ts'
import { ReportFigures } from './report-figures.ts'
import { reportBlock, reportHead, type ReportRun, reportTail } from './report-html.ts'
import { ReportRows } from './report-rows.ts'

export interface ReportOptions {
  /** Where to write. Default: `report.html` in the first run's directory. */
  output?: string
  /** Default: `insideLLMs report`. */
  title?: string
  /** Default: 0.95. */
  confidence?: number
  /** Bytes of texts in the page; what comes later is left out. Default: 64 MB, which is about 500 MB of records. */
  mostBytes?: number
}

export interface ReportResult {
  path: string
  records: number
  bytes: number
  /** The comparison, where there are two runs. */
  diff?: DiffReport
}

/**
 * Writes one page on one run, or on two that it compares. The page fetches nothing, opens from disk, and shows what a
 * model wrote as text only.
 *
 * @throws {InsideLLMsError} `not_found` where there is no run, `invalid_request` for records that cannot be read,
 * `config` when the page cannot be written.
 */
export async function writeReport(runs: readonly string[], options: ReportOptions = {}): Promise<ReportResult> {
  if (runs.length < 1 || runs.length > 2)
    throw new InsideLLMsError('invalid_request', `A report is on one run or on two, not on ${runs.length}.`)
  const { title = 'insideLLMs report', confidence = 0.95, mostBytes = 64 << 20 } = options
  const opened = await Promise.all(runs.map((path) => openRun(path)))
  const path = options.output ?? join(opened[0]!.recordsPath, '..', 'report.html')
  const changed = new Set<string>()
  const [baseline, candidate] = runs
  const diff =
    baseline === undefined || candidate === undefined
      ? undefined
      : await diffRuns(baseline, candidate, { confidence, limit: 0, onItem: ({ key }) => changed.add(rowKey(key)) })

  const rows = new ReportRows(labels(runs), mostBytes)
  rows.index.compared = diff !== undefined
  const figures = new ReportFigures()
  const temporary = { blocks: `${path}.${process.pid}.blocks.tmp`, page: `${path}.${process.pid}.tmp` }
  try {
    const counts = await writeBlocks(opened, temporary.blocks, rows, figures, changed)
    const page = createWriteStream(temporary.page)
    page.write(
      reportHead({
        title,
        runs: opened.map((run, place) => describeRun(rows.index.runs[place]!, run, counts[place]!)),
        figures: figures.figures(confidence),
        confidence,
        diff,
        withoutTexts: rows.withoutTexts,
      }),
    )
    await pipeline(createReadStream(temporary.blocks), page, { end: false })
    page.write(reportBlock('index', await rows.takeIndex()))
    await new Promise<void>((resolve, reject) => {
      page.once('error', reject)
      page.end(reportTail(), () => resolve())
    })
    await rename(temporary.page, path)
    const { size } = await stat(path)
    return { path, records: rows.index.example.length, bytes: size, ...(diff === undefined ? {} : { diff }) }
  } catch (error) {
    if (InsideLLMsError.isInstance(error)) throw error
    throw new InsideLLMsError(
      'config',
      `The report cannot be written to ${path}: ${(error as Error).message}. Give another place for it.`,
      { cause: error },
    )
  } finally {
    await Promise.all(Object.values(temporary).map((file) => rm(file, { force: true })))
  }
}

/** Writes every record of every run, and counts them. */
async function writeBlocks(
  runs: readonly RunDirectory[],
  path: string,
  rows: ReportRows,
  figures: ReportFigures,
  changed: ReadonlySet<string>,
): Promise<number[]> {
  let number = 0
  const counts: number[] = []
  async function* blocks(): AsyncGenerator<string> {
    for (const [run, { recordsPath }] of runs.entries()) {
      let count = 0
      for await (const record of readRecords(recordsPath)) {
        count += 1
        figures.add(run, record)
        const full = rows.add(run, record, changed.size > 0 && changed.has(rowKey(record)))
        if (full) yield reportBlock(`block-${number++}`, (await rows.takeBlock())!)
      }
      counts.push(count)
    }
    const last = await rows.takeBlock()
    if (last !== undefined) yield reportBlock(`block-${number++}`, last)
  }
  await pipeline(blocks, createWriteStream(path))
  return counts
}

function rowKey({
  model,
  probe,
  example,
  repeat,
}: {
  model: string
  probe: string
  example: string
  repeat: number
}): string {
  return JSON.stringify([model, probe, example, repeat])
}

/** Short names where they differ. */
function labels(runs: readonly string[]): string[] {
  const short = runs.map((path) => basename(path) || path)
  return new Set(short).size === short.length ? short : [...runs]
}

function describeRun(label: string, { path, manifest }: RunDirectory, records: number): ReportRun {
  const runId = manifest?.['run_id']
  const facts: [string, string][] = []
  const fact = (label: string, value: JsonValue | undefined): void => {
    if (value !== undefined && value !== null) facts.push([label, inWords(value)])
  }
  fact('completed', manifest?.['run_completed'])
  fact('library', manifest?.['library_version'])
  const custom = manifest?.['custom']
  if (typeof custom === 'object' && custom !== null && !Array.isArray(custom)) {
    fact('versions', custom['versions'])
    fact('git', custom['git'])
    fact('models', Array.isArray(custom['models']) ? custom['models'].map(servedBy) : undefined)
  }
  const dataset = manifest?.['dataset']
  if (typeof dataset === 'object' && dataset !== null && !Array.isArray(dataset)) {
    fact('dataset', dataset['dataset_id'])
    fact('dataset hash', dataset['dataset_hash'])
  }
  return { label, path, runId: typeof runId === 'string' ? runId : undefined, records, facts }
}

/** `core 1.0.0, node 24.21.0` for an object, and so on within. */
function inWords(value: JsonValue): string {
  if (Array.isArray(value)) return value.map(inWords).join('; ')
  if (typeof value !== 'object' || value === null) return String(value)
  const words = Object.entries(value).filter(([, inner]) => inner !== null)
  return words.map(([name, inner]) => `${name} ${inWords(inner)}`).join(', ')
}

/** Label and backends of a model, without its whole description. */
function servedBy(model: JsonValue): JsonValue {
  if (typeof model !== 'object' || model === null || Array.isArray(model)) return model
  return { label: model['label'] ?? null, served: model['served'] ?? null }
}
