import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sharedPath } from '@insidellms/test-support'
import { afterAll, describe, expect, it } from 'vitest'
import { pageScript, pageStyle } from '../../src/report/page-bundle.ts'
import type { ReportIndex, RowDetail } from '../../src/report/report-index.ts'
import { writeReport } from '../../src/report/write-report.ts'
import { hostileOutputs } from '../support/hostile-outputs.ts'
import { writeSyntheticRun } from '../support/synthetic-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-report-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function openBlock<T>(html: string, id: string): T {
  const base64 = new RegExp(`<script type="text/plain" id="${id}">([A-Za-z0-9+/=]*)</script>`).exec(html)![1]!
  return JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString()) as T
}

describe('writeReport', () => {
  it('writes one page beside the run, with every record in it', async () => {
    const run = writeSyntheticRun(join(folder, 'one'), {
      records: 1_203,
      probes: ['logic', 'bias'],
      models: ['a', 'b'],
    })
    const result = await writeReport([run])
    expect(result).toMatchObject({ path: join(run, 'report.html'), records: 1_203 })
    const html = readFileSync(result.path, 'utf8')
    expect(Buffer.byteLength(html)).toBe(result.bytes)
    const index = openBlock<ReportIndex>(html, 'index')
    expect(index.example).toHaveLength(1_203)
    expect(index).toMatchObject({
      models: ['a', 'b'],
      probes: ['logic', 'bias'],
      statuses: ['success'],
      compared: false,
    })
    const rows = [0, 1, 2].flatMap((block) => openBlock<RowDetail[]>(html, `block-${block}`))
    expect(rows).toHaveLength(1_203)
    expect(rows[1_202]).toMatchObject({ line: 1_203, explanation: expect.stringContaining('Read') })
    expect(rows[1_202]!.facts).toContain('fingerprint fp_1')
    expect(html).toMatch(/<th scope="row">bias<\/th><td>a<\/td><td>accuracy<\/td>/)
    expect(readdirSync(run).filter((name) => name.includes('.tmp'))).toEqual([])
  })

  it('compares two runs: verdict, difference, causes, and which items changed', async () => {
    const baseline = writeSyntheticRun(join(folder, 'a'), { records: 60 })
    const candidate = writeSyntheticRun(join(folder, 'b'), {
      records: 60,
      edit: (record, index) =>
        index % 20 === 4
          ? {
              ...record,
              custom: { ...record.custom, calls: [{ served: { fingerprint: 'fp_2' } }] },
              output: 'No.',
              output_text: 'No.',
              scores: { accuracy: 0 },
            }
          : record,
    })
    const output = join(folder, 'compared.html')
    const { diff } = await writeReport([baseline, candidate], { output, title: 'Monday & Tuesday' })
    expect(diff!.counts).toMatchObject({ common: 60, unchanged: 57 })
    const html = readFileSync(output, 'utf8')
    expect(html).toContain('<title>Monday &#38; Tuesday</title>')
    expect(html).toContain('outputs changed, backend changed')
    expect(html).toContain('served.fingerprint: fp_1 -&#62; fp_2')
    expect(html).toContain('Difference of the two runs')
    const index = openBlock<ReportIndex>(html, 'index')
    expect(index.runs).toEqual(['a', 'b'])
    expect(index.changed.flatMap((changed, row) => (changed ? [row] : []))).toEqual([4, 24, 44, 64, 84, 104])
  })

  it('forbids every script but its own, and every request', async () => {
    const run = writeSyntheticRun(join(folder, 'policy'))
    const html = readFileSync((await writeReport([run])).path, 'utf8')
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    expect(policy).toBe(
      `default-src 'none'; script-src ${hash(pageScript)}; style-src ${hash(pageStyle)}; base-uri 'none'; form-action 'none'`,
    )
    expect(html).toContain(`<script>${pageScript}</script>`)
    expect(html).not.toMatch(/(?:src|href)=|@import|url\(/)
  })

  it('holds nothing hostile outside of its blocks', async () => {
    const run = writeSyntheticRun(join(folder, 'hostile'), {
      records: hostileOutputs.length,
      edit: (record, index) => {
        const text = hostileOutputs[index]![1]
        const short = text.slice(0, 200)
        const harness = { model_id: short, probe_type: short }
        return {
          ...record,
          custom: { harness },
          example_id: short,
          output: text,
          output_text: text,
          primary_metric: short,
          status: short,
          scores: { [short]: 1 },
        }
      },
      manifest: { library_version: hostileOutputs[1]![1], dataset: { dataset_id: hostileOutputs[2]![1] } },
    })
    const { path } = await writeReport([run], { title: hostileOutputs[1]![1] })
    const html = readFileSync(path, 'utf8').replaceAll(/<script[^>]*>[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>/g, '')
    expect(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.exec(html)).toBeNull()
    const tags = html.match(/<[^>]*>/g)!
    const ours =
      /^<(?:!doctype html|\/?(?:button|body|circle|dialog|div|form|h[12]|head|header|html|input|label|line|main|meta|noscript|option|p|section|select|span|svg|table|tbody|td|th|thead|title|tr))\b/
    expect(tags.filter((tag) => !ours.test(tag) || /\son\w+=|javascript:/.test(tag))).toEqual([])
  })

  it('leaves texts out when the page is full, and says so', async () => {
    const run = writeSyntheticRun(join(folder, 'full'), { records: 1_200 })
    const { path } = await writeReport([run], { mostBytes: 1 })
    const html = readFileSync(path, 'utf8')
    expect(html).toContain('The texts of the last 700 items are left out')
    expect(openBlock<RowDetail[]>(html, 'block-2')[0]!.output).toBe(
      '(left out of the page, which is full: line 1001 of records.jsonl)',
    )
  })

  it('leaves nothing behind when it fails', async () => {
    const run = writeSyntheticRun(join(folder, 'broken'))
    writeFileSync(join(run, 'records.jsonl'), `${readFileSync(join(run, 'records.jsonl'), 'utf8')}oops\n`)
    await expect(writeReport([run])).rejects.toMatchObject({ code: 'invalid_request' })
    expect(readdirSync(run).sort()).toEqual(['manifest.json', 'records.jsonl'])
    await expect(
      writeReport([writeSyntheticRun(join(folder, 'ok'))], { output: join(folder, 'no', 'where.html') }),
    ).rejects.toMatchObject({
      code: 'config',
    })
    await expect(writeReport([])).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(writeReport([join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'not_found' })
  })

  it('reads a run with a torn last line', async () => {
    const run = writeSyntheticRun(join(folder, 'torn'))
    writeFileSync(join(run, 'records.jsonl'), readFileSync(join(run, 'records.jsonl'), 'utf8').slice(0, -20))
    expect((await writeReport([run])).records).toBe(9)
  })

  const goldens = sharedPath('interop/goldens/runs')
  it.skipIf(goldens === undefined)("reports on every run of the original's (needs ../shared/interop)", async () => {
    for (const name of readdirSync(goldens!).filter((name) => name !== 'root')) {
      const output = join(folder, `${name}.html`)
      await writeReport([join(goldens!, name)], { output })
      expect(existsSync(output)).toBe(true)
    }
  })
})

describe('the page', () => {
  it('is bundled from its sources as they are: else run `pnpm run bundle:page`', async () => {
    const { bundlePage } = (await import('../../bundle-page.mjs' as string)) as {
      bundlePage: () => Promise<{ script: string; style: string }>
    }
    expect(await bundlePage()).toEqual({ script: pageScript, style: pageStyle })
  })

  it('cannot end its own script element', () => {
    expect(pageScript).not.toMatch(/<\/script|<!--/i)
    expect(pageStyle).not.toMatch(/<\/style/i)
  })
})
