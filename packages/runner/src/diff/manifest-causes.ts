import type { JsonObject } from '@insidellms/core'
import { parseExact } from '../read/exact-json.ts'
import type { Cause } from './diff-report.ts'
import { leafDifferences } from './leaf-differences.ts'

/** What follows from the records, or names the run itself. */
const noCause: ReadonlySet<string> = new Set([
  'run_id',
  'created_at',
  'started_at',
  'completed_at',
  'record_count',
  'success_count',
  'error_count',
  'run_completed',
  'records_file',
  'schema_version',
  'schemas',
  'command',
])
const noCauseInCustom: ReadonlySet<string> = new Set(['status_counts', 'timeout_count', 'digests', 'harness'])

/** What two manifests say that moved. Nothing where one of them is missing. */
export function manifestCauses(baseline: JsonObject | undefined, candidate: JsonObject | undefined): Cause[] {
  if (baseline === undefined || candidate === undefined) return []
  return leafDifferences('', exact(baseline), exact(candidate))
}

function exact(manifest: JsonObject): ReturnType<typeof parseExact> {
  const kept: JsonObject = {}
  for (const [key, value] of Object.entries(manifest)) if (!noCause.has(key) && key !== 'custom') kept[key] = value
  const custom = manifest['custom']
  if (typeof custom === 'object' && custom !== null && !Array.isArray(custom))
    for (const [key, value] of Object.entries(custom)) if (!noCauseInCustom.has(key)) kept[key] = value
  return parseExact(JSON.stringify(kept))
}
