import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './acme/acme-description.ts'

interface Run {
  code: number
  output: string
}

function run(args: string[], env: Record<string, string> = {}): Promise<Run> {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { env: { ...inherited, ...env }, maxBuffer: 2 ** 24 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })
}

const fixture = (name: string): string => fileURLToPath(new URL(`doors/${name}`, import.meta.url))

// The built package, as an author runs it.
describe('the door for node:test', () => {
  it(
    'makes tests that pass and that are skipped with their reason, and writes the report',
    { timeout: 120_000 },
    async () => {
      const folder = temporaryFolder()
      const { code, output } = await run(['--test', '--test-reporter=tap', fixture('good.mjs')], {
        INSIDELLMS_CONFORMANCE_REPORT: folder,
      })
      expect(output).toMatch(/ok \d+ - usage: The vendor's own token counts are read\./)
      expect(output).toMatch(/ok \d+ - option-topK: .* # SKIP The API has no top_k\./)
      expect(output).not.toMatch(/^\s*not ok/m)
      expect(code).toBe(0)
      expect(readdirSync(folder)).toEqual(['minimal.json'])
      const report = JSON.parse(readFileSync(join(folder, 'minimal.json'), 'utf8'))
      expect(report).toMatchObject({ provider: 'minimal', totals: { failed: 0 } })
      expect(report.totals.passed).toBeGreaterThan(70)
    },
  )

  it('makes a test fail with what the case found', { timeout: 120_000 }, async () => {
    const { code, output } = await run(['--test', '--test-reporter=tap', fixture('bad.mjs')])
    const failed = [...output.matchAll(/^\s*not ok \d+ - ([a-z-]+):/gm)].map(([, id]) => id)
    expect(failed).toEqual(['served-model'])
    expect(output).toContain("served.model should be 'conformance-served-1'; it is 'minimal-1'.")
    expect(code).toBe(1)
  })
})
