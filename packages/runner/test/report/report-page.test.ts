import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { visibleText } from '../../src/diff/visible-text.ts'
import { writeReport } from '../../src/report/write-report.ts'
import { hostileOutputs } from '../support/hostile-outputs.ts'
import { writeSyntheticRun } from '../support/synthetic-run.ts'
import { chromiumPath, launchChromium } from './chromium.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-page-'))

describe.skipIf(chromiumPath === undefined)('report.html in a browser (needs Chromium: set CHROMIUM_PATH)', () => {
  let browser: Browser
  let compared = ''
  const seen: string[] = []

  beforeAll(async () => {
    browser = await launchChromium()
    const baseline = writeSyntheticRun(join(folder, 'monday'), {
      records: 3_000,
      probes: ['logic', 'bias'],
      models: ['small', 'large'],
    })
    const candidate = writeSyntheticRun(join(folder, 'tuesday'), {
      records: 3_000,
      probes: ['logic', 'bias'],
      models: ['small', 'large'],
      edit: (record, index) => {
        if (index % 300 !== 8) return record
        const text = String(record.output_text).replace('seven', 'eight')
        return { ...record, output: text, output_text: text, scores: { accuracy: 0 } }
      },
    })
    compared = (await writeReport([baseline, candidate])).path
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(path: string, options: { colorScheme?: 'light' | 'dark' } = {}): Promise<Page> {
    const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options })).newPage()
    seen.length = 0
    page.on('request', (request) => seen.push(`request ${request.url()}`))
    page.on('pageerror', (error) => seen.push(`error ${error.message}`))
    page.on('console', (message) => seen.push(`console ${message.text()}`))
    page.on('dialog', (dialog) => seen.push(`dialog ${dialog.message()}`))
    await page.goto(pathToFileURL(path).href)
    await page.waitForSelector('html[data-ready]', { state: 'attached' })
    return page
  }

  const count = (page: Page): Promise<string | null> => page.textContent('#count')
  const firstCells = (page: Page): Promise<string[]> =>
    page.locator('#items .spacer .row:visible .cell:first-child').allTextContents()

  it('opens from disk, fetches nothing, and shows all items', async () => {
    const page = await open(compared)
    expect(seen).toEqual([`request ${pathToFileURL(compared).href}`])
    expect(await count(page)).toBe('6,000 of 6,000 items')
    expect(await page.textContent('.verdict')).toContain('outputs changed, backend same')
    expect(await page.locator('svg.chart').count()).toBe(8)
    expect(await page.getAttribute('#items', 'aria-rowcount')).toBe('6001')
    // Rows out of view have no elements.
    expect(await page.locator('#items .spacer .row').count()).toBeLessThan(100)
  })

  it('filters, sorts and searches', async () => {
    const page = await open(compared)
    await page.selectOption('select[name=result]', 'changed')
    await expect.poll(() => count(page)).toBe('20 of 6,000 items')
    await page.selectOption('select[name=run]', { label: 'tuesday' })
    await expect.poll(() => count(page)).toBe('10 of 6,000 items')
    await page.fill('input[name=search]', 'EIGHT boxes')
    await expect.poll(() => count(page)).toBe('10 of 6,000 items')
    await page.fill('input[name=search]', 'nobody says this')
    await expect.poll(() => count(page)).toBe('0 of 6,000 items')
    await page.fill('input[name=search]', '')
    await page.selectOption('select[name=result]', '')
    await expect.poll(() => count(page)).toBe('3,000 of 6,000 items')
    await page.click('[data-sort=example]')
    await expect.poll(async () => (await firstCells(page)).slice(0, 5)).toEqual(['q-0', 'q-0', 'q-0', 'q-0', 'q-1'])
    await page.click('[data-sort=example]')
    await expect.poll(async () => (await firstCells(page))[0]).toBe('q-749')
    expect(await page.getAttribute('.head .cell:first-child', 'aria-sort')).toBe('descending')
  })

  it('scrolls to any row', async () => {
    const page = await open(compared)
    await page.locator('.viewport').evaluate((element) => (element.scrollTop = element.scrollHeight))
    await expect.poll(async () => (await firstCells(page)).at(-1)).toBe('q-749')
    expect(await page.locator('#items .spacer .row:visible .cell:last-child').last().textContent()).toContain(
      'question 749',
    )
  })

  it('opens an item by keyboard, with answers beside each other and their differences marked', async () => {
    const page = await open(compared)
    await page.selectOption('select[name=result]', 'changed')
    await expect.poll(() => count(page)).toBe('20 of 6,000 items')
    await page.focus('#items')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog[open]')
    expect(await page.textContent('dialog h2')).toBe('logic · q-77')
    expect(await page.locator('.answer').count()).toBe(4)
    expect(await page.locator('.answer ins').allTextContents()).toEqual(['eight'])
    expect(await page.locator('.answer del').allTextContents()).toEqual(['seven'])
    await page.click('[data-step=next]')
    await expect.poll(() => page.textContent('dialog h2')).toBe('logic · q-152')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('items')
  })

  it('follows the system in light and dark, until told otherwise', async () => {
    const paper = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await open(compared, { colorScheme: 'light' })
    const dark = await open(compared, { colorScheme: 'dark' })
    const [white, black] = [await paper(light), await paper(dark)]
    expect(white).not.toBe(black)
    await light.click('#theme')
    expect(await paper(light)).toBe(black)
    await dark.click('#theme')
    expect(await paper(dark)).toBe(white)
  })

  it('prints the items in view as a plain table', async () => {
    const page = await open(compared)
    await page.emulateMedia({ media: 'print' })
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    expect(await page.locator('#printed tr').count()).toBe(500)
    expect(await page.textContent('#printed-more')).toBe('… and 5,500 more items.')
    expect(await page.isVisible('#items')).toBe(false)
    expect((await page.pdf()).byteLength).toBeGreaterThan(10_000)
  })

  it('names what a screen reader reads', async () => {
    const page = await open(compared)
    for (const [role, name] of [
      ['heading', 'Scores'],
      ['grid', 'Items'],
      ['searchbox', 'Search all texts'],
      ['combobox', 'probe'],
      ['button', 'example'],
      ['status', undefined],
    ] as const)
      expect(
        await page.getByRole(role, name === undefined ? {} : { name, exact: true }).count(),
        `${role} ${name}`,
      ).toBeGreaterThan(0)
    const rows = await page
      .locator('#items [role=row]')
      .evaluateAll((lines) =>
        lines.filter((line) => !(line as HTMLElement).hidden).every((line) => line.hasAttribute('aria-rowindex')),
      )
    expect(rows).toBe(true)
  })

  it('executes nothing that a model wrote, and shows all of it as text', async () => {
    const hostile = (side: string): string =>
      writeSyntheticRun(join(folder, side), {
        records: hostileOutputs.length,
        edit: (record, index) => {
          const text = hostileOutputs[index]![1]
          const short = text.slice(0, 300)
          const explanation = short
          return {
            ...record,
            custom: {
              ...record.custom,
              calls: [{ finish: { kind: short }, served: { model: short } }],
              explanation,
              harness: { model_id: short, probe_type: short },
            },
            error: short,
            input: { question: text.slice(0, 5_000) },
            output: `${side} ${text}`,
            output_text: `${side} ${text}`,
            status: short,
          }
        },
      })
    const path = (await writeReport([hostile('left'), hostile('right')], { output: join(folder, 'hostile.html') })).path
    const page = await open(path)
    expect(await count(page)).toBe('42 of 42 items')
    for (let row = 0; row < hostileOutputs.length; row++) {
      await page.focus('#items')
      await page.keyboard.press('Home')
      for (let step = 0; step < row; step++) await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.waitForSelector('dialog[open]')
      const [name, text] = hostileOutputs[row]!
      const shown = await page.locator('.answer .text').first().textContent()
      const lines = `left ${text}`
        .slice(0, 200_000)
        .split(/\r\n|\n/)
        .map(visibleText)
        .join('\n')
      expect(shown!.startsWith(lines), name).toBe(true)
      await page.keyboard.press('Escape')
    }
    await page.fill('input[name=search]', 'script')
    await expect.poll(() => count(page)).toMatch(/^\d of 42/)
    const state = await page.evaluate(() => ({
      pwned: 'pwned' in globalThis || 'pwned' in Object.prototype,
      foreign: document.querySelectorAll(
        'main :is(img, svg:not(.chart), a, b, script, iframe, testcase), dialog :is(img, svg, a, b, script)',
      ).length,
      handlers: [...document.querySelectorAll('*')].filter((element) =>
        [...element.attributes].some(({ name }) => name.startsWith('on')),
      ).length,
    }))
    expect(state).toEqual({ pwned: false, foreign: 0, handlers: 0 })
    expect(seen).toEqual([`request ${pathToFileURL(path).href}`])
  })
})
