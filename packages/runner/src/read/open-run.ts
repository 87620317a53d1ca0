import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InsideLLMsError, type JsonObject } from '@insidellms/core'
import { parse } from 'yaml'
import { parseExact, plainValue } from './exact-json.ts'

/** A run directory of ours or of the Python original. Only what exists is set. */
export interface RunDirectory {
  /** As given. */
  path: string
  recordsPath: string
  /** Absent for a run that was stopped before its end. */
  manifest?: JsonObject
  /** config.resolved.yaml, where there is one that can be read. */
  config?: JsonObject
  /** Absent for runs of the original and for runs without calls. */
  callsPath?: string
}

/**
 * Finds the parts of a run directory. A directory without manifest is a run that was stopped, and is read as far as it
 * goes. A path to a `records.jsonl` or `manifest.json` stands for its directory, any other `.jsonl` for itself.
 *
 * @throws {InsideLLMsError} `not_found` where there are no records, `invalid_request` for a manifest that is no JSON.
 */
export async function openRun(path: string): Promise<RunDirectory> {
  const kind = await stat(path).catch(() => undefined)
  if (kind === undefined)
    throw new InsideLLMsError('not_found', `There is no run at ${path}. Give the directory of a run.`)
  if (kind.isFile() && path.endsWith('.jsonl') && !['records.jsonl', 'results.jsonl'].includes(basename(path)))
    return { path, recordsPath: path }
  const directory = kind.isDirectory() ? path : join(path, '..')
  const manifest = await readManifest(join(directory, 'manifest.json'))
  const named = manifest?.['records_file']
  // Only a plain name: a manifest from elsewhere must not make us read another file.
  const recordsFile = typeof named === 'string' && !/[/\\]/.test(named) && named !== '..' ? named : 'records.jsonl'
  const recordsPath = await firstFile(
    [recordsFile, 'records.jsonl', 'results.jsonl'].map((name) => join(directory, name)),
  )
  if (recordsPath === undefined)
    throw new InsideLLMsError(
      'not_found',
      `${directory} holds no records.jsonl, so it is no run directory, or its run was stopped before the first record.`,
    )
  const config = await readConfig(join(directory, 'config.resolved.yaml'))
  const callsPath = await firstFile([join(directory, 'calls.jsonl')])
  return {
    path,
    recordsPath,
    ...(manifest === undefined ? {} : { manifest }),
    ...(config === undefined ? {} : { config }),
    ...(callsPath === undefined ? {} : { callsPath }),
  }
}

async function readManifest(path: string): Promise<JsonObject | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new InsideLLMsError('invalid_request', `${path} cannot be read: ${error.message}.`, { cause: error })
  })
  if (text === undefined) return undefined
  try {
    const value = parseExact(text)
    if (value instanceof Map) return plainValue(value) as JsonObject
  } catch (error) {
    throw new InsideLLMsError(
      'invalid_request',
      `${path} is no JSON: ${(error as Error).message}. Restore it, or remove it to read the run as a stopped one.`,
      { cause: error },
    )
  }
  throw new InsideLLMsError('invalid_request', `${path} is JSON but no object.`)
}

/** Evidence, and nothing that a run needs to be read: one that is missing or broken is left out. */
async function readConfig(path: string): Promise<JsonObject | undefined> {
  try {
    const value: unknown = parse(await readFile(path, 'utf8'), { version: '1.1', logLevel: 'silent' })
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile()) return path
  }
  return undefined
}
