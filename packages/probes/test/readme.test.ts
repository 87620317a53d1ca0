import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DummyModel, type JsonObject, type Probe, PluginRegistry } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { builtinProbes } from '../src/index.ts'
import { promptFields, referenceFields } from '../src/items/item-fields.ts'
import { readLabelled, scriptedModel } from './labelled.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replaceAll('\r\n', '\n')
const registry = new PluginRegistry()
registry.use(builtinProbes)
const names = registry.probes.list()

const ticked = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)

interface Row {
  fields: string
  scores: string
  settings: string[]
}

const rows = new Map<string, Row>()
const [, table] = readme.split(/^## Probes$|^## A probe of your own$/m)
for (const line of table!.split('\n')) {
  const [, type, , fields, scores, settings] = line.split(/\s*\|\s*/)
  if (type !== undefined && /^`\w+`$/.test(type) && settings !== undefined)
    rows.set(type.slice(1, -1), { fields: fields!, scores: scores!, settings: ticked(settings) })
}

/** "as `logic`" stands for that row. */
function resolved(name: string, column: 'fields' | 'scores'): string {
  const text = rows.get(name)![column]
  const other = /as `(\w+)`/.exec(text)?.[1]
  return other === undefined ? text : `${resolved(other, column)} ${text.replace(/as `\w+`/, '')}`
}

const settingsOf = (name: string): Record<string, unknown> =>
  name === 'judge'
    ? { judge: [new DummyModel({ response: 'Grade: 5' }), new DummyModel({ response: 'Grade: 4' })] }
    : {}

it('its example prints what it says', () => {
  const [example] = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code!)
  // Inside the package, so that it finds the package by its own name.
  const file = fileURLToPath(new URL(`readme-${process.pid}.tmp.ts`, import.meta.url))
  writeFileSync(file, example!)
  try {
    const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toContain('{ accuracy: 1, answered: 1 } Read "96" from the last "answer:". 96 is 96.')
    expect(stdout).toContain('The item has no reference to score against')
  } finally {
    rmSync(file)
  }
})

it('has a row for every probe', () => {
  expect([...rows.keys()].sort()).toEqual(names)
})

it('lists the fields of prompts and references', () => {
  const [prompts, references] = readme.split('¹ The first present of')[1]!.split('² The first present of')
  expect(ticked(prompts!.split('or a whole chat')[0]!)).toEqual(promptFields)
  expect(ticked(references!.split(': a text')[0]!)).toEqual(referenceFields)
})

describe.each(names)('the row of %s', (name) => {
  it('has its primary metric and its scores', async () => {
    const text = resolved(name, 'scores')
    const seen = new Set<string>()
    const primary = new Set<string>()
    for (const { item, answer, settings, judge } of readLabelled(name)) {
      if (judge?.some((said) => !/Grade: [0-5]\b/.test(said))) continue
      const probe = await registry.probes.get(name, { ...settings, ...settingsOf(name) })
      const { scores, primaryMetric } = await probe.run(scriptedModel(answer), item)
      for (const score of Object.keys(scores)) seen.add(score)
      primary.add(primaryMetric)
      expect(probe.primaryMetric).toBe(primaryMetric)
    }
    // `task_done` is in the rows of the probes whose table has such items.
    expect([...seen].sort()).toEqual([...new Set(ticked(text))].filter((score) => score !== 'execute').sort())
    expect([...primary].sort()).toEqual([...text.matchAll(/\*\*`(\w+)`\*\*/g)].map(([, metric]) => metric).sort())
  })

  it('has the fields that it reads', async () => {
    const probe = await registry.probes.get(name, settingsOf(name))
    const read = await fieldsRead(probe, name)
    const text = resolved(name, 'fields')
    // A mention of another row ("as `logic`") is no field.
    const listed = new Set(ticked(text.replaceAll(/as `\w+`/g, '')))
    expect([...listed].filter((field) => !read.has(field))).toEqual([])
    // A field that is read for a question is the same in every probe: the row of logic lists them all.
    const common = new Set(ticked(rows.get('logic')!.fields))
    const footnotes = text.includes('¹') || text.includes('²')
    const implied = (field: string): boolean => footnotes && (common.has(field) || isCommon(field))
    expect([...read].filter((field) => !listed.has(field) && !implied(field))).toEqual([])
  })

  it('has its settings', () => {
    expect(() => registry.probes.get(name, { ...settingsOf(name), nosuch: 1 })).toThrow(
      new RegExp(
        `It takes: ${rows
          .get(name)!
          .settings.filter((setting) => setting !== 'attackType')
          .join(', ')}`.trim(),
      ),
    )
  })
})

function isCommon(field: string): boolean {
  return promptFields.includes(field) || referenceFields.includes(field) || field === 'messages'
}

/** The item's own fields that `check` asks for, over items of every kind. */
async function fieldsRead(probe: Probe, name: string): Promise<Set<string>> {
  const read = new Set<string>()
  const watched = (item: JsonObject): JsonObject =>
    new Proxy(item, {
      get(target, key) {
        if (typeof key === 'string') read.add(key)
        return target[key as string]
      },
    })
  const probes = [probe]
  if (name.startsWith('code_') && name !== 'code_explanation')
    probes.push(await registry.probes.get(name, { execute: true }))
  const items: JsonObject[] = [
    {},
    { question: 'x' },
    { code: 'x' },
    { code: 'x', concepts: ['y'] },
    { prompt: 'x', instruction_id_list: ['punctuation:no_comma'] },
  ]
  for (const { item } of readLabelled(name))
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      // What a label says about itself is no field of the probe.
      const { category: _category, description: _description, ...fields } = item
      items.push(fields)
    }
  for (const item of items) for (const each of probes) each.check?.(watched(item))
  return read
}

it('states how often the rules of attacks are wrong, and in what', () => {
  const text = readme.replaceAll(/\s+/g, ' ')
  const all = names.flatMap(readLabelled)
  const agreeing = all.filter(({ disagrees }) => disagrees === undefined).length
  expect(text).toContain(`against ${all.length} hand-labelled answers`)
  expect(text).toContain(`${agreeing} verdicts agree with their labels`)
  for (const name of ['attack', 'prompt_injection', 'jailbreak']) {
    const labelled = readLabelled(name)
    const wrong = labelled.filter(({ disagrees }) => disagrees !== undefined)
    const successful = labelled.filter(({ expected }) => expected['robust'] === 0)
    const missed = wrong.filter((row) => successful.includes(row)).length
    const figures = [labelled.length, successful.length, missed, wrong.length - missed]
    expect(readme).toContain(`| \`${name}\` | ${figures.join(' | ')} |\n`)
  }
  for (const { disagrees } of names.flatMap(readLabelled))
    if (disagrees !== undefined) expect(text).toContain(disagrees)
})
