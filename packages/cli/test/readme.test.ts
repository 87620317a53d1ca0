import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { createProgram } from '../src/create-program.ts'
import { cli, inProject } from './support.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/^npx insidellms (.*)$/gm)].map(([, line]) => line!.split(' '))

it('the examples of the README run one after the other', async () => {
  expect(examples.length).toBeGreaterThan(5)
  const before = process.cwd()
  onTestFinished(() => process.chdir(before))
  await inProject({}, async (directory) => {
    process.chdir(directory)
    for (const args of examples) expect({ args, ...(await cli(...args)) }).toMatchObject({ args, code: 0, err: '' })
    process.chdir(before)
  })
})

it('the README names every command', () => {
  const { commands } = createProgram({ stdout: process.stdout, stderr: process.stderr }, () => Promise.resolve())
  expect(commands.map((command) => command.name()).filter((name) => !readme.includes(`\`${name}`))).toEqual([])
})
