import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { conformanceCases } from '../src/all-cases.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8').replaceAll('\r\n', '\n')

it('has the table of the cases as they are', () => {
  const rows = conformanceCases.map(
    ({ id, group, proves }) => `| ${group} | \`${id}\` | ${proves.replaceAll('|', '\\|')} |\n`,
  )
  const table = `| group | case | proves |\n|---|---|---|\n${rows.join('')}`
  const shown = /<!-- cases -->\n([^]*)<!-- \/cases -->/.exec(read('../README.md'))?.[1]
  expect(shown).toBe(table)
})

it('shows the driver and the description that the tests run', () => {
  const readme = read('../README.md')
  for (const file of ['minimal-driver.mjs', 'good.mjs']) expect(readme).toContain(read(`doors/${file}`).trim())
})
