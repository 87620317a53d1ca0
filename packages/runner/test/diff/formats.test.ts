import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { diffRuns } from '../../src/diff/diff-runs.ts'
import type { DiffReport } from '../../src/diff/diff-report.ts'
import { diffFormats, formatDiff } from '../../src/diff/format-diff.ts'
import { visibleText } from '../../src/diff/visible-text.ts'
import { hostileOutputs } from '../support/hostile-outputs.ts'
import { type SyntheticRecord, writeSyntheticRun } from '../support/synthetic-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-formats-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const edited = (record: SyntheticRecord, index: number): SyntheticRecord => {
  const custom = { ...record.custom, calls: [{ served: { fingerprint: 'fp_2' } }] }
  const text = String(record.output_text).replace('seven', 'eight')
  if (index % 4 === 0) return { ...record, custom, output: text, output_text: text, scores: { accuracy: 0 } }
  return index === 7
    ? { ...record, custom, status: 'timeout', error: 'No answer in 60 s.', output: null, output_text: null }
    : record
}

const baseline = writeSyntheticRun(join(folder, 'a'), { records: 40 })
const candidate = writeSyntheticRun(join(folder, 'b'), { records: 39, edit: edited })
const report = await diffRuns(baseline, candidate, { failOn: ['regressions', 'significant'] })

/** Records whose every text is hostile, the ones around the output too. */
function hostile(side: string) {
  return (record: SyntheticRecord, index: number): SyntheticRecord => {
    const [, text] = hostileOutputs[index]!
    const mine = `${side} ${text}`
    return {
      ...record,
      custom: { ...record.custom, calls: [{ served: { fingerprint: mine.slice(0, 500) } }] },
      error: index % 2 === 0 ? mine.slice(0, 500) : null,
      example_id: text.slice(0, 300),
      output: mine,
      output_text: mine,
    }
  }
}

let hostileReport: DiffReport | undefined
async function hostileDiff(): Promise<DiffReport> {
  const records = hostileOutputs.length
  hostileReport ??= await diffRuns(
    writeSyntheticRun(join(folder, 'left'), { records, edit: hostile('left') }),
    writeSyntheticRun(join(folder, 'right'), { records, edit: hostile('right') }),
    { failOn: ['changes'] },
  )
  return hostileReport
}

describe('text', () => {
  const text = formatDiff(report, 'text')

  it('says what changed, in the order of what matters', () => {
    const places = [
      'outputs changed, backend changed',
      '39 items in both runs',
      'What moved',
      'Difference of the two runs',
      'Regressions',
      'Other changes',
      'Only in the baseline',
      'Gates',
    ].map((part) => text.indexOf(part))
    expect(places).not.toContain(-1)
    expect([...places].sort((a, b) => a - b)).toEqual(places)
    expect(text).toContain('served.fingerprint: fp_1 -> fp_2')
    expect(text).toContain('model-1 | logic | q-7: status success -> timeout')
    expect(text).toContain('+ error: No answer in 60 s.')
    expect(text.endsWith('\n')).toBe(true)
  })

  it('marks words, in colour only when asked', () => {
    expect(text).not.toContain('\u001b')
    const coloured = formatDiff(report, 'text', { color: true })
    expect(coloured).toContain('\u001b[31m\u001b[7mseven\u001b[27m\u001b[39m')
    expect(coloured).toContain('\u001b[32m\u001b[7meight\u001b[27m\u001b[39m')
    expect(stripVTControlCharacters(coloured)).toBe(text)
  })

  it('shows up to a limit and says how many more', () => {
    expect(formatDiff(report, 'text', { limit: 2 })).toMatch(/\.\.\. and \d+ more/)
  })

  it('gives probability and interval of the difference', () => {
    expect(text).toMatch(/logic +accuracy +39 +\d+\.\d % +\d+\.\d % +-\d+\.\d % \[-\d+\.\d %, [-+]?\d+\.\d %\]/)
    expect(text).toContain("after Holm's correction")
  })
})

describe('json', () => {
  it('is the report', () => {
    expect(JSON.parse(formatDiff(report, 'json'))).toEqual(report)
  })
})

describe('markdown', () => {
  it('has a table of differences, the gates, and folded items', () => {
    const text = formatDiff(report, 'markdown')
    expect(text).toContain('| probe | metric | items |')
    expect(text).toContain('**regressions**: ❌')
    expect(text).toMatch(/<details><summary>Regressions \(\d+\)<\/summary>/)
  })

  it('shows signs as they are, and makes no mention, reference or link of a name', () => {
    const warnings = ['a -> b & c', '@user, #12, GH-12, me@x.org, www.x.org and $x$', 'https://x.org <b> **b** | c']
    const text = formatDiff({ ...report, warnings }, 'markdown')
    expect(text).toContain('- Warning: a -&gt; b &amp; c\n')
    expect(text).toContain(
      '\\@&#8203;user, \\#&#8203;12, GH-&#8203;12, me\\@&#8203;x.org, www.&#8203;x.org and \\$x\\$\n',
    )
    expect(text).toContain('https\\://x.org &lt;b&gt; \\*\\*b\\*\\* \\| c\n')
  })
})

describe('junit', () => {
  it('fails gates that hit and items that regressed', () => {
    const text = formatDiff(report, 'junit')
    expect(text).toContain('<testcase classname="insidellms.gate" name="regressions"><failure ')
    const failures = text.match(/<failure /g)!.length
    expect(text).toContain(`failures="${failures}"`)
    expect(text.match(/<testcase /g)).toHaveLength(Number(/tests="(\d+)"/.exec(text)![1]))
    expectWellFormed(text)
  })
})

describe('hostile outputs', () => {
  it('are all different from each other and from themselves on the other side', async () => {
    const { counts } = await hostileDiff()
    expect(counts).toMatchObject({ common: hostileOutputs.length, unchanged: 0 })
  })

  it.each(diffFormats)('break no line and command no terminal in %s', async (format) => {
    const text = formatDiff(await hostileDiff(), format, { color: false })
    // Line feeds are ours; anything else that moves a cursor, hides or reorders is written out.
    const unseen = /(?!\n|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u
    expect(unseen.exec(text)).toBeNull()
    if (format === 'json') expect(JSON.parse(text)).toEqual(await hostileDiff())
    expect(text.length).toBeLessThan(2_000_000)
  })

  it('begin every line of the text as we began it', async () => {
    const lines = formatDiff(await hostileDiff(), 'text')
      .trimEnd()
      .split('\n')
    const ours =
      /^(?:$|Baseline|Candidate|outputs changed|\d+ (?:items|regressions)|What moved|Difference of|Regressions|Improvements|Other changes|Details|Traces|Gates| {2,})/
    expect(lines.filter((line) => !ours.test(line))).toEqual([])
  })

  it('render nothing in Markdown', async () => {
    const text = formatDiff(await hostileDiff(), 'markdown')
    for (const line of text.split('\n')) {
      const outside = line.replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '').replace(/\\[\\`*_{}[\]()#+!|~@:$]/g, '')
      const tags = outside.replace(/<\/?(?:details|summary|sub)>/g, '')
      expect(tags).not.toMatch(/[<>[\]`@]|!\(|https?:/)
    }
  })

  it('are well-formed XML', async () => {
    expectWellFormed(formatDiff(await hostileDiff(), 'junit'))
  })
})

describe('visibleText', () => {
  it.each([
    ['\u001b[31m', '\\u{1b}[31m'],
    ['a\nb\tc\r', 'a\\nb\\tc\\r'],
    ['\u202eevil', '\\u{202e}evil'],
    ['\ud800', '\\u{d800}'],
    ['\u0000', '\\u{0}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['日本語 العربية é 😀 ❤️', '日本語 العربية é 😀 ❤️'],
  ])('shows %j as %s', (text, expected) => expect(visibleText(text)).toBe(expected))
})

/** Tags nest, attributes are quoted, and nothing stands in the text that XML 1.0 forbids. */
function expectWellFormed(text: string): void {
  const open: string[] = []
  const rest = text
    .replace(/^<\?xml[^?]*\?>\n/, '')
    .replace(
      /<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)(\/?)>/g,
      (_, closing: string, name: string, _attributes, empty: string) => {
        if (closing) expect(open.pop()).toBe(name)
        else if (!empty) open.push(name)
        return ''
      },
    )
  expect(open).toEqual([])
  expect(rest.replace(/&#\d+;/g, '')).not.toMatch(/[<>&]/)
}
