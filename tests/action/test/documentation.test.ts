import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = new URL('../../../', import.meta.url)
const action = parse(readFileSync(new URL('action.yml', root), 'utf8')) as {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>
  outputs: Record<string, { description: string; value: string }>
  runs: { using: string; steps: { id?: string; run?: string; shell?: string; env?: Record<string, string> }[] }
}
const page = readFileSync(new URL('docs/github-action.md', root), 'utf8')
const step = action.runs.steps.find(({ id }) => id === 'compare')!
const sources = ['main', 'read-inputs', 'project'].map((name) =>
  readFileSync(new URL(`action/${name}.mjs`, root), 'utf8'),
)

interface Step {
  id?: string
  uses?: string
  with?: Record<string, string>
}

function rows(section: string): string[][] {
  const text = page.slice(page.indexOf(`## ${section}\n`)).split('\n## ')[0]!
  const [, , ...lines] = text.split('\n').filter((line) => line.startsWith('|'))
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

function examples(): Step[] {
  return [...page.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, text]) => {
    const workflow = parse(text!) as Step[] | { jobs: Record<string, { steps: Step[] }> }
    return Array.isArray(workflow) ? workflow : Object.values(workflow.jobs).flatMap(({ steps }) => steps)
  })
}

describe('action.yml', () => {
  it('runs a script that is there', () => {
    const [, path] = /node "\$GITHUB_ACTION_PATH\/(.+)"/.exec(step.run!)!
    expect(existsSync(new URL(path!, root))).toBe(true)
    expect(action.runs.using).toBe('composite')
    for (const { run, shell } of action.runs.steps) if (run !== undefined) expect(shell).toBe('bash')
  })

  it('hands every input on, by the environment and never in a script', () => {
    const handed = Object.entries(step.env!).map(([name, value]) => {
      const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value)![1]!
      expect(name).toBe(`INPUT_${input.toUpperCase().replaceAll('-', '_')}`)
      return input
    })
    // The one that another step takes.
    expect([...handed, 'node-version'].sort()).toEqual(Object.keys(action.inputs).sort())
    for (const { run } of action.runs.steps) expect(run ?? '').not.toContain('${{')
  })

  it('reads every input and sets every output', () => {
    for (const name of Object.keys(action.inputs))
      if (name !== 'node-version') expect(sources[1]).toContain(`'${name}'`)
    for (const [name, { value }] of Object.entries(action.outputs)) {
      expect(value).toBe(`\${{ steps.compare.outputs.${name} }}`)
      expect(sources[0]).toContain(`setOutput('${name}'`)
    }
  })
})

describe('docs/github-action.md', () => {
  it('has every input, with its default, and every output', () => {
    const names = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
    const inputs = rows('Inputs')
    expect(inputs.flatMap(([cell]) => names(cell!)).sort()).toEqual(Object.keys(action.inputs).sort())
    for (const [cell, , shown] of inputs) {
      const { required, default: value } = action.inputs[names(cell!)[0]!]!
      if (required) expect(shown).toBe('required')
      else if (value !== '' && !value!.startsWith('${{')) expect(shown).toBe(`\`${value}\``)
    }
    expect(
      rows('Outputs')
        .flatMap(([cell]) => names(cell!))
        .sort(),
    ).toEqual(Object.keys(action.outputs).sort())
  })

  it('has examples that use what there is', () => {
    const steps = examples()
    const ours = steps.filter(({ uses }) => uses?.startsWith('insidellms/insidellms-ts@'))
    expect(ours.length).toBeGreaterThan(1)
    for (const { with: given = {} } of ours) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)))
      for (const [name, { required }] of Object.entries(action.inputs))
        if (required) expect(Object.keys(given)).toContain(name)
    }
    for (const [, output] of page.matchAll(/steps\.insidellms\.outputs\.([a-z-]+)/g))
      expect(Object.keys(action.outputs)).toContain(output)
    expect(page).toContain('pull-requests: write')
  })
})
