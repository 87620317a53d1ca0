import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InsideLLMsError, type JsonObject, type JsonValue } from '@insidellms/core'
import { openRun } from '../read/open-run.ts'
import { lineDigestFiles } from '../artifacts/line-digests.ts'
import { locateTouched, type TouchedLine } from './locate-touched.ts'
import { sha256OfFile } from '../sha256-of-file.ts'

export interface VerifyOptions {
  /** Most touched lines that are listed; the count is of all. Default: 100. */
  limit?: number
}

export interface VerifiedFile {
  file: string
  status: 'intact' | 'touched' | 'missing'
  /** SHA-256 from the manifest. */
  expected: string
  /** SHA-256 of the file as it is. Absent where it is missing. */
  actual?: string
}

export interface TouchedPlace extends TouchedLine {
  file: string
}

export interface VerifyReport {
  path: string
  /** `unverifiable`: the run carries no digests, as a stopped run or one of the Python original's does not. */
  status: 'intact' | 'touched' | 'unverifiable'
  /**
   * SHA-256 of manifest.json. Everything else hangs on it, and nothing in the run can vouch for it: compare it with the
   * one that was published.
   */
  manifestSha256: string | null
  files: VerifiedFile[]
  touched: TouchedPlace[]
  touchedCount: number
  /** Where more could not be said, and why. */
  notes: string[]
}

/**
 * Recomputes every digest that the manifest of a run carries. Where a file is not as it was written, the digests of its
 * lines say which record, line and member were touched.
 *
 * @throws {InsideLLMsError} `not_found` where there is no run.
 */
export async function verifyRun(path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { limit = 100 } = options
  const { manifest, recordsPath } = await openRun(path)
  const directory = dirname(recordsPath)
  const report: VerifyReport = {
    path,
    status: 'intact',
    manifestSha256: manifest === undefined ? null : await sha256OfFile(join(directory, 'manifest.json')),
    files: [],
    touched: [],
    touchedCount: 0,
    notes: [],
  }
  const digests = digestsOf(manifest)
  if (digests.length === 0) {
    report.status = 'unverifiable'
    report.notes.push(
      manifest === undefined
        ? 'The run has no manifest: it was stopped. Resume it to finish it.'
        : 'The manifest carries no digests: the run was stopped, or another tool wrote it.',
    )
    return report
  }
  for (const [file, expected] of digests) report.files.push(await verifyFile(directory, file, expected))
  const bad = report.files.filter((file) => file.status !== 'intact')
  if (bad.length > 0) report.status = 'touched'
  for (const { file, status } of bad)
    if (status === 'touched' && (file === 'records.jsonl' || file === 'calls.jsonl'))
      await locate(directory, file, report, limit)
  return report
}

/** Only plain names: a manifest from elsewhere must not make us read other files. */
function digestsOf(manifest: JsonObject | undefined): [file: string, sha256: string][] {
  const custom = objectOf(manifest?.['custom'])
  return Object.entries(objectOf(custom['digests'])).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !/[/\\]|^\.\.?$/.test(entry[0]),
  )
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

async function verifyFile(directory: string, file: string, expected: string): Promise<VerifiedFile> {
  const path = join(directory, file)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile()) return { file, status: 'missing', expected }
  let actual: string
  try {
    actual = await sha256OfFile(path)
  } catch (error) {
    throw new InsideLLMsError('invalid_request', `${path} cannot be read: ${(error as Error).message}.`, {
      cause: error,
    })
  }
  return { file, status: actual === expected ? 'intact' : 'touched', expected, actual }
}

async function locate(
  directory: string,
  file: keyof typeof lineDigestFiles,
  report: VerifyReport,
  limit: number,
): Promise<void> {
  const { file: digestsFile, fields } = lineDigestFiles[file]
  const digests = report.files.find((entry) => entry.file === digestsFile)
  if (digests?.status !== 'intact') {
    report.notes.push(
      `Which lines of ${file} were touched cannot be said: ${digests === undefined ? `the run has no ${digestsFile}` : `${digestsFile} is ${digests.status} too`}.`,
    )
    return
  }
  const before = report.touchedCount
  for await (const place of locateTouched(join(directory, file), join(directory, digestsFile), fields)) {
    report.touchedCount += 1
    if (report.touched.length < limit) report.touched.push({ file, ...place })
  }
  if (report.touchedCount === before)
    report.notes.push(`${file} holds the same lines as it was written with; only blank lines or line endings moved.`)
}
