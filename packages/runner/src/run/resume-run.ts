import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { InsideLLMsError, type JsonObject, type JsonValue } from '@insidellms/core'
import { parse } from 'yaml'
import { modelWeights } from '../artifacts/model-weights.ts'
import type { RecordStatus } from '../artifacts/record.ts'
import type { ServedModels } from '../artifacts/served-models.ts'
import type { SummaryBuilder } from '../artifacts/summary.ts'
import { canonicalJson } from '../canonical-json.ts'
import { LineCursor } from '../read/line-cursor.ts'
import { CallIndex } from '../replay/call-index.ts'
import { dropTornLine } from '../replay/drop-torn-line.ts'
import { sha256OfFile } from '../sha256-of-file.ts'
import type { CallKey } from './call-log.ts'
import { identityOf, type PreparedRun } from './prepare-run.ts'
import { runFiles } from './run-directory.ts'

/** What an unfinished run left behind, ready to go on from. */
export interface Resumed {
  /** Records that are done. */
  first: number
  /** Hashes of what the files hold, to be continued. */
  digests: { records: Hash; calls: Hash }
  /** Answers that no record has been written of. */
  calls: CallIndex | undefined
}

/**
 * Compares a run with the one that its directory holds.
 *
 * @throws {InsideLLMsError} `incompatible`, saying what has moved.
 */
export function checkSameRun(directory: string, prepared: PreparedRun, manifest: JsonObject): void {
  const path = join(directory, runFiles.manifest)
  if (!existsSync(path)) return
  const old = readJson(path)
  const moved = old['run_id'] === prepared.runId ? movedCode(old, manifest) : movedConfig(directory, prepared)
  if (moved !== undefined) throw refusal(directory, moved)
}

/**
 * Compares the files of local models with those that answered before.
 *
 * @param served What answered before.
 * @throws {InsideLLMsError} `incompatible`, saying which one is another.
 */
export async function checkSameWeights(
  directory: string,
  { models, judges }: PreparedRun,
  served: ServedModels,
): Promise<void> {
  for (const { label, shownArgs } of [...models, ...judges])
    for (const { path, sha256 } of modelWeights(shownArgs, served.of(label).served)) {
      const now = await sha256OfFile(path)
      if (now !== sha256) throw refusal(directory, `the weights ${path} were sha256:${sha256} and are sha256:${now}`)
    }
}

function refusal(directory: string, moved: string): InsideLLMsError {
  return new InsideLLMsError(
    'incompatible',
    `The run in ${directory} cannot be resumed: ${moved}. Undo that, or begin a new run in another directory.`,
  )
}

function movedConfig(directory: string, prepared: PreparedRun): string {
  const path = join(directory, runFiles.config)
  if (!existsSync(path)) return 'it is another run'
  const old = identityOf(parse(readFileSync(path, 'utf8')) as JsonObject)
  const now = identityOf(prepared.shown)
  const before = datasets(old)
  const after = datasets(now)
  if (before.length === after.length)
    for (const [index, { revision, hash }] of before.entries()) {
      const { revision: newRevision, hash: newHash } = after[index]!
      if (revision !== undefined && newRevision !== undefined && revision !== newRevision)
        return `the dataset has another revision (it was ${revision}, it is ${newRevision}; dataset.revision pins it)`
      if (hash !== newHash) return `the dataset has changed (it was ${hash}, it is ${newHash})`
    }
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (key) => canonicalJson(old[key] ?? null) !== canonicalJson(now[key] ?? null),
  )
  return `its config has another ${keys.join(' and ') || 'form'}`
}

/** The run's dataset and each probe's own, where there is one. */
function datasets(config: JsonObject): { revision?: JsonValue; hash?: JsonValue }[] {
  const probes = (config['probes'] ?? []) as JsonObject[]
  return [config, ...probes].map(({ dataset }) => (dataset as JsonObject | undefined) ?? {})
}

/** What can change an answer or its score without a change of the config. Another Node gives the same bytes. */
function movedCode(old: JsonObject, now: JsonObject): string | undefined {
  const before = codeFacts(old)
  const after = codeFacts(now)
  const moved = [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name} was ${before.get(name) ?? 'absent'} and is ${after.get(name) ?? 'absent'}`)
  return moved.length === 0 ? undefined : moved.join(', ')
}

function codeFacts(manifest: JsonObject): Map<string, string> {
  const { versions, plugins, probes } = (manifest['custom'] ?? {}) as {
    versions?: Record<string, string>
    plugins?: { name?: string; entry?: string; version?: string; sha256?: string }[]
    probes?: { label: string; version: string }[]
  }
  const facts = new Map<string, string>()
  for (const name of ['core', 'runner']) facts.set(`@insidellms/${name}`, versions?.[name] ?? 'unknown')
  for (const { name, entry, version, sha256 } of plugins ?? [])
    facts.set(
      name ?? `the module ${entry}`,
      [version, sha256?.slice(0, 12)].filter(Boolean).join(' with code ') || 'unknown',
    )
  for (const { label, version } of probes ?? []) facts.set(`the probe ${label}`, `version ${version}`)
  return facts
}

/**
 * Drops torn last lines, counts the records that are done, and finds the answers that have no record yet.
 *
 * @param retryErrors Go back to the first record that is an error, and forget the errors.
 */
export async function resumeRun(
  directory: string,
  prepared: PreparedRun,
  summary: SummaryBuilder,
  served: ServedModels,
  retryErrors: boolean,
): Promise<Resumed> {
  const records = join(directory, runFiles.records)
  const calls = join(directory, runFiles.calls)
  const first = existsSync(records) ? await keepRecords(records, prepared, summary, retryErrors) : 0
  if (!existsSync(calls))
    return { first, digests: { records: await hashFile(records), calls: createHash('sha256') }, calls: undefined }
  await dropTornLine(calls)
  const places = new RecordPlaces(prepared)
  const index = await CallIndex.open(calls, ({ key, outcome }) => {
    if ('response' in outcome) served.add(key.judge ?? key.model, outcome.response)
    return places.of(key) >= first && !(retryErrors && 'error' in outcome)
  })
  return { first, digests: { records: await hashFile(records), calls: await hashFile(calls) }, calls: index }
}

async function keepRecords(
  path: string,
  { runId, experiments, config: { repeats } }: PreparedRun,
  summary: SummaryBuilder,
  retryErrors: boolean,
): Promise<number> {
  let count = 0
  let at = 0
  let end = 0
  const lines = await LineCursor.open(path)
  try {
    while ((lines.step() || (await lines.fill())) && lines.terminated && lines.offset === end) {
      const record = readRecord(lines.buffer.toString('utf8', lines.start, lines.end))
      if (record?.run_id !== runId || record.custom?.record_index !== count) break
      if (retryErrors && record.status !== 'success') break
      const experiment = experiments[at]
      if (experiment === undefined) break
      summary.add({ experiment, itemIndex: Math.floor((count - experiment.first) / repeats) }, record)
      count++
      if (count === experiment.first + experiment.dataset.items * repeats) at++
      end = lines.offset + lines.end - lines.start + 1
    }
  } finally {
    await lines.close()
  }
  truncateSync(path, end)
  return count
}

interface OldRecord {
  run_id: string
  status: RecordStatus
  scores: Record<string, number>
  custom?: { record_index?: number }
}

function readRecord(text: string): OldRecord | undefined {
  try {
    return JSON.parse(text) as OldRecord
  } catch {
    return undefined
  }
}

async function hashFile(path: string): Promise<Hash> {
  const digest = createHash('sha256')
  if (existsSync(path)) for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer)
  return digest
}

/** The record that a call belongs to. */
class RecordPlaces {
  /** By model and probe, the place of their first record. */
  readonly #starts: Map<string, number>
  readonly #repeats: number

  constructor({ experiments, config }: PreparedRun) {
    this.#repeats = config.repeats
    this.#starts = new Map(
      experiments.map(({ model, probe, first }) => [JSON.stringify([model.label, probe.label]), first]),
    )
  }

  /** -1 for a call of another run. */
  of({ model, probe, itemIndex, repeat }: CallKey): number {
    const start = this.#starts.get(JSON.stringify([model, probe]))
    return start === undefined ? -1 : start + itemIndex * this.#repeats + repeat
  }
}

function readJson(path: string): JsonObject {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonObject
  } catch (error) {
    throw new InsideLLMsError('incompatible', `${path} is no JSON. Delete it, and resume again.`, { cause: error })
  }
}
