import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/^```ts\r?\n([\s\S]*?)^```/gm)].map(([, code]) => code!)

const outputs = [
  'Paris is the capital of France.\nParis is the capital of France.\nstop, by dummy, seed mapped, 1 attempt\n',
  /dummy[\s\S]*\nhello some-model\n$/,
  "HELLO\n[ 'ONE', 'TWO' ]\n",
  "hello { status: 'mapped', wire: '/random_seed', value: 7 }\nby name\n",
  /^0\ninvalid_response false dummy: boom\. /,
]

it('has an output for every example', () => {
  expect(examples).toHaveLength(outputs.length)
})

it.each(outputs.map((output, index) => [index, output] as const))(
  'example %i prints what it should',
  (index, output) => {
    // Inside the package, so that it finds the package by its own name.
    const file = fileURLToPath(new URL(`readme-${index}-${process.pid}.tmp.ts`, import.meta.url))
    writeFileSync(file, examples[index]!)
    try {
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
      if (typeof output === 'string') expect(stdout).toBe(output)
      else expect(stdout).toMatch(output)
    } finally {
      rmSync(file)
    }
  },
)

it('lists every error code, as the source does', () => {
  const source = readFileSync(new URL('../src/insidellms-error.ts', import.meta.url), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, code]) => code)
  expect([...readme.matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, code]) => code)).toEqual(codes)
})
