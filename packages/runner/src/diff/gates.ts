import type { DiffCounts, DiffReport, GateName, GateResult } from './diff-report.ts'

export const gateNames: readonly GateName[] = ['changes', 'regressions', 'significant', 'trace']

/** Decides one gate. A gate is hit when what it names is there. */
export function decideGate(gate: GateName, counts: DiffCounts, statistics: DiffReport['statistics']): GateResult {
  switch (gate) {
    case 'regressions':
      return result(gate, counts.regressions, `${count(counts.regressions, 'regression')}`)
    case 'changes': {
      const lone = counts.onlyBaseline + counts.onlyCandidate
      const changed = counts.regressions + counts.otherChanges + counts.detailChanges
      return result(gate, changed + lone, `${count(changed, 'change')}, ${count(lone, 'item')} in one run only`)
    }
    case 'trace': {
      const drifts = counts.traceDrifts + counts.traceViolationIncreases + counts.trajectoryDrifts
      return result(gate, drifts, count(drifts, 'change of trace'))
    }
    case 'significant': {
      const hits = [...statistics.byProbe, ...statistics.overall].filter((comparison) => comparison.significant)
      return {
        gate,
        hit: hits.length > 0,
        reason:
          hits.length === 0
            ? `no difference of the two runs is significant at ${statistics.alpha} after Holm's correction`
            : `the difference of the two runs is significant at ${statistics.alpha} after Holm's correction: ${hits
                .map(
                  (hit) =>
                    `${hit.probe ?? 'all probes'} ${hit.metric} ${signed(hit.difference)}, p = ${Number(hit.pAdjusted.toPrecision(2))}`,
                )
                .join('; ')}`,
      }
    }
  }
}

function result(gate: GateName, hits: number, reason: string): GateResult {
  return { gate, hit: hits > 0, reason }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${Number(value.toPrecision(3))}`
}
