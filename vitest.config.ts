import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const folders = [
  ...readdirSync('packages').map((name) => `packages/${name}`),
  'tests/packed',
  'tests/action',
  'tests/faults',
  'tests/evidence',
  'examples',
]

// .ci/run sums up what this file says.
const report = process.env['INSIDELLMS_TEST_REPORT']

export default defineConfig({
  test: {
    projects: folders
      .filter((root) => existsSync(`${root}/test`))
      .map((root) =>
        existsSync(`${root}/vitest.config.ts`)
          ? `${root}/vitest.config.ts`
          : {
              extends: true,
              test: { root, name: JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).name as string },
            },
      ),
    include: ['test/**/*.test.ts'],
    // Two cores, and suites that start servers and models: more workers only make timing worse.
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
