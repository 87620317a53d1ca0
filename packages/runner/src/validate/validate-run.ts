import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'
import { LineCursor } from '../read/line-cursor.ts'
import { inOrder, type ShapeProblem } from './check-shape.ts'
import { LineTemplate } from './line-template.ts'
import { manifestShapes, recordShape, type SchemaVersion, schemaVersions } from './run-schema.ts'

export interface ValidateOptions {
  /** Default: what the manifest says, or 1.0.1. */
  schemaVersion?: string
  /** Most issues that are listed; the count is of all. Default: 100. */
  limit?: number
}

export interface ValidationIssue {
  file: string
  /** From 1. Absent where the issue is of the whole file. */
  line?: number
  /** Such as `model.model_id`. */
  path?: string
  message: string
}

export interface ValidationReport {
  path: string
  valid: boolean
  schemaVersion: string
  records: number
  issueCount: number
  issues: ValidationIssue[]
}

interface Tally {
  records: number
  success: number
  error: number
}

type Report = (issue: ValidationIssue) => void

/**
 * Checks a run against its schema, and what the Python original leaves unchecked: that counts, run ids and versions
 * agree, and that the run completed.
 *
 * @throws {InsideLLMsError} `not_found` where there is no such directory.
 */
export async function validateRun(path: string, options: ValidateOptions = {}): Promise<ValidationReport> {
  const kind = await stat(path).catch(() => undefined)
  if (kind === undefined)
    throw new InsideLLMsError('not_found', `There is nothing at ${path}. Give the directory of a run.`)
  const directory = kind.isDirectory() ? path : dirname(path)
  const manifestPath = kind.isDirectory() ? join(path, 'manifest.json') : path
  const { limit = 100 } = options
  const issues: ValidationIssue[] = []
  let issueCount = 0
  const report: Report = (issue) => {
    issueCount += 1
    if (issues.length < limit) issues.push(issue)
  }
  const manifest = await readManifest(manifestPath, report)
  const schemaVersion = options.schemaVersion ?? versionOf(manifest)
  const known = schemaVersions.find((version) => version === schemaVersion)
  if (known === undefined)
    report({
      file: manifestPath,
      path: 'schema_version',
      message: `version ${JSON.stringify(schemaVersion)} is unknown; ${schemaVersions.join(' and ')} are known`,
    })
  if (manifest !== undefined && known !== undefined)
    reportShape(manifestShapes[known](manifest), { file: manifestPath }, report)
  const file = manifest?.['records_file']
  const recordsPath = join(directory, typeof file === 'string' && !/[/\\]|^\.\.$/.test(file) ? file : 'records.jsonl')
  const tally = await checkRecords(recordsPath, manifest, known, report)
  if (manifest !== undefined && tally !== undefined) compareManifest(manifest, tally, manifestPath, report)
  return { path, valid: issueCount === 0, schemaVersion, records: tally?.records ?? 0, issueCount, issues }
}

async function readManifest(path: string, report: Report): Promise<Record<string, unknown> | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    report({ file: path, message: `cannot be read (${(error as NodeJS.ErrnoException).code}): was the run stopped?` })
    return undefined
  }
  try {
    const value: unknown = JSON.parse(decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    report({ file: path, message: 'is JSON, but no object' })
  } catch (error) {
    report({ file: path, message: `is no JSON: ${(error as Error).message}` })
  }
  return undefined
}

function versionOf(manifest: Record<string, unknown> | undefined): string {
  const own = manifest?.['schema_version']
  if (typeof own === 'string') return own
  const schemas = manifest?.['schemas']
  const named =
    typeof schemas === 'object' && schemas !== null ? (schemas as Record<string, unknown>)['RunManifest'] : undefined
  return typeof named === 'string' ? named : '1.0.1'
}

async function checkRecords(
  path: string,
  manifest: Record<string, unknown> | undefined,
  version: SchemaVersion | undefined,
  report: Report,
): Promise<Tally | undefined> {
  let cursor: LineCursor
  try {
    cursor = await LineCursor.open(path)
  } catch (error) {
    report({ file: path, message: `cannot be read (${(error as NodeJS.ErrnoException).code})` })
    return undefined
  }
  const tally: Tally = { records: 0, success: 0, error: 0 }
  let template: LineTemplate | undefined
  try {
    while (cursor.step() || (await cursor.fill())) {
      tally.records += 1
      if (template !== undefined && fits(template, cursor)) {
        if (template.status === 'success') tally.success += 1
        else if (template.status === 'error') tally.error += 1
        continue
      }
      const at = { file: path, line: cursor.line }
      const record = parseLine(cursor, report)
      if (record === undefined) continue
      if (record['status'] === 'success') tally.success += 1
      else if (record['status'] === 'error') tally.error += 1
      const problem = recordShape(record)
      if (problem !== undefined) reportShape(problem, at, report)
      else if (compareRecord(record, manifest, version, at, report))
        template = LineTemplate.of(cursor.buffer, cursor.start, cursor.end)
    }
  } finally {
    await cursor.close()
  }
  return tally
}

function fits(template: LineTemplate, { buffer, start, end }: LineCursor): boolean {
  return template.fits(buffer, start, end) && isUtf8(buffer.subarray(start, end))
}

function parseLine(cursor: LineCursor, report: Report): Record<string, unknown> | undefined {
  const at = { file: cursor.path, line: cursor.line }
  try {
    const value: unknown = JSON.parse(decode(cursor.buffer.subarray(cursor.start, cursor.end)))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    report({ ...at, message: 'is JSON, but no object' })
  } catch (error) {
    const torn = cursor.terminated ? '' : ' (the last line has no end: the run was stopped while it wrote)'
    report({ ...at, message: `is no JSON: ${(error as Error).message}${torn}` })
  }
  return undefined
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new SyntaxError('the bytes are no UTF-8')
  return bytes.toString('utf8')
}

/** False when something does not agree. */
function compareRecord(
  record: Record<string, unknown>,
  manifest: Record<string, unknown> | undefined,
  version: SchemaVersion | undefined,
  at: { file: string; line: number },
  report: Report,
): boolean {
  const problems: ShapeProblem[] = []
  const runId = manifest?.['run_id']
  if (typeof runId === 'string' && record['run_id'] !== runId)
    problems.push({
      path: 'run_id',
      message: `is ${JSON.stringify(record['run_id'])}, but the manifest has ${JSON.stringify(runId)}`,
    })
  const own = record['schema_version']
  if (version !== undefined && own !== undefined && own !== version)
    problems.push({ path: 'schema_version', message: `is ${JSON.stringify(own)}, but the manifest has ${version}` })
  if (!inOrder(record['started_at'] as string, record['completed_at'] as string))
    problems.push({ path: 'completed_at', message: 'is before started_at' })
  for (const problem of problems) reportShape(problem, at, report)
  return problems.length === 0
}

function compareManifest(manifest: Record<string, unknown>, tally: Tally, file: string, report: Report): void {
  const counts: [name: string, actual: number][] = [
    ['record_count', tally.records],
    ['success_count', tally.success],
    ['error_count', tally.error],
  ]
  for (const [name, actual] of counts) {
    const said = manifest[name]
    if (typeof said === 'number' && said !== actual)
      report({ file, path: name, message: `is ${said}, but the records give ${actual}` })
  }
  if (manifest['run_completed'] === false)
    report({ file, path: 'run_completed', message: 'is false: the run was stopped before its end' })
}

function reportShape(problem: ShapeProblem | undefined, at: { file: string; line?: number }, report: Report): void {
  if (problem !== undefined) report({ ...at, path: problem.path, message: problem.message })
}
