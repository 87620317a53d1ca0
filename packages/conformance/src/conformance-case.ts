import type { Bench } from './bench.ts'

export type CaseGroup =
  | 'contract'
  | 'options'
  | 'request'
  | 'response'
  | 'errors'
  | 'stream'
  | 'abort'
  | 'isolation'
  | 'secrets'
  | 'package'

export interface ConformanceCase {
  /** Stable: reports of years ago are read by it. */
  id: string
  /** One sentence. */
  proves: string
  /** What must be there: a driver alone, a scripted vendor, or the package on disk. */
  needs: 'driver' | 'wire' | 'package'
  /** Something that a vendor may rightly lack; a failure then says how to declare that. */
  capability?: true
  /** Seconds, where 20 are too few for a slow machine. */
  seconds?: number
  run(bench: Bench): Promise<void>
}

export interface GroupedCase extends ConformanceCase {
  group: CaseGroup
}

/** Gives a group's name to its cases. */
export function group(name: CaseGroup, cases: readonly ConformanceCase[]): GroupedCase[] {
  return cases.map((entry) => ({ ...entry, group: name }))
}
