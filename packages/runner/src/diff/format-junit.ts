import { itemLabel } from './describe-report.ts'
import type { DiffReport, ItemDiff } from './diff-report.ts'
import { visibleText } from './visible-text.ts'

/**
 * JUnit XML for CI: one case per gate, failed where it is hit, and one per listed item, failed where the item regressed
 * or is missing.
 */
export function formatDiffJunit(report: DiffReport): string {
  const gates = report.gates.map(({ gate, hit, reason }) =>
    testCase('gate', gate, hit ? failure('gate', reason, '') : ''),
  )
  const items = report.items.map((item) => testCase('item', itemLabel(item), itemResult(item)))
  const missing = report.onlyBaseline.map((item) =>
    testCase('item', itemLabel(item), failure('missing', 'only in the baseline', '')),
  )
  const added = report.onlyCandidate.map((item) =>
    testCase('item', itemLabel(item), '<skipped message="only in the candidate"/>'),
  )
  const cases = [...gates, ...items, ...missing, ...added]
  const failures = cases.filter((text) => text.includes('<failure ')).length
  const skipped = added.length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="insidellms diff" tests="${cases.length}" failures="${failures}" skipped="${skipped}" errors="0">`,
    `<testsuite name="${escape(`${report.baseline} -> ${report.candidate}`)}" tests="${cases.length}" failures="${failures}" skipped="${skipped}" errors="0">`,
    ...cases,
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function itemResult(item: ItemDiff): string {
  const details = item.changes.map((change) => change.detail).join('; ')
  const regression = item.changes.find((change) => change.category === 'regression')
  const sides = `baseline: ${item.baseline.output ?? '(no output)'}\ncandidate: ${item.candidate.output ?? '(no output)'}`
  if (regression === undefined) return `<system-out>${lines(`${details}\n${sides}`)}</system-out>`
  return failure(regression.kind, details, sides)
}

function failure(type: string, message: string, body: string): string {
  return `<failure type="${escape(type)}" message="${escape(message)}">${lines(body)}</failure>`
}

function testCase(group: string, name: string, body: string): string {
  return `<testcase classname="insidellms.${group}" name="${escape(name)}">${body}</testcase>`
}

/** Our own line feeds stay, everything that XML 1.0 forbids or that hides is written out. */
function lines(text: string): string {
  return text.split('\n').map(escape).join('\n')
}

function escape(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
