import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answering, Checkout, type Files, study } from './checkout.ts'
import { FakeGitHub } from './fake-github.ts'

let github: FakeGitHub
const checkouts: Checkout[] = []

beforeEach(async () => {
  github = new FakeGitHub()
  await github.start()
})
afterEach(async () => {
  await github.stop()
  for (const made of checkouts.splice(0)) made.remove()
})

function checkout(base: Files = study('yes'), head: Files = study('no')): Checkout {
  const made = new Checkout(base, head)
  checkouts.push(made)
  return made
}

describe('on a pull request', () => {
  it('comments once, and writes over that comment', async () => {
    const made = checkout()
    const ended = await made.run(github.url, { 'fail-on': 'regressions' })
    expect(ended.code, ended.log).toBe(2)
    expect(github.comments).toHaveLength(1)
    const { body } = github.comments[0]!
    expect(body).toMatch(/^<!-- insidellms-action [0-9a-f]{16} -->\n## ❌ insidellms: ` study\.yaml `\n/)
    expect(body).toContain(`base \` ${made.base.slice(0, 12)} \`, head \` ${made.head.slice(0, 12)} \``)
    expect(body).toContain('- 2 regressions, 1 improvement, 3 changes of output or status')
    expect(body).toContain('` options.response: true -> false `')
    expect(body.endsWith(ended.summary)).toBe(true)
    expect(ended.outputs).toMatchObject({
      'exit-code': '2',
      regressions: '2',
      improvements: '1',
      unchanged: '0',
      items: '3',
      'comment-url': 'https://github.test/o/r/pull/7#1',
    })
    expect(readFileSync(ended.outputs['report']!, 'utf8')).toBe(ended.summary)
    expect(JSON.parse(readFileSync(ended.outputs['diff']!, 'utf8')).gates).toMatchObject([{ gate: 'regressions' }])
    for (const side of ['base-run', 'head-run'])
      expect(readFileSync(join(ended.outputs[side]!, 'records.jsonl'), 'utf8').trim().split('\n')).toHaveLength(3)
    expect(made.git('worktree', 'list').split('\n')).toHaveLength(1)
    expect(ended.log).toContain('::error title=insidellms::fail-on regressions: 2 regressions')

    made.write('study.yaml', study('yes')['study.yaml']!)
    const again = await made.run(github.url, { 'fail-on': 'regressions' })
    expect(again.code, again.log).toBe(0)
    expect(github.comments).toHaveLength(1)
    expect(github.comments[0]!.body).toContain('## ✅ insidellms')
    expect(github.comments[0]!.body).not.toContain('❌')
  })

  it("finds its comment on a later page, and leaves others' copies of it alone", async () => {
    const made = checkout()
    await made.run(github.url, {})
    const marker = github.comments[0]!.body.split('\n')[0]!
    github.comments.length = 0
    const stranger = github.add(`${marker}\nmine`, { login: 'stranger', type: 'User' })
    for (let index = 0; index < 150; index++) github.add('hello', { login: 'somebody', type: 'User' })
    const own = github.add(`${marker}\nold`)
    await made.run(github.url, {})
    expect(stranger.body).toBe(`${marker}\nmine`)
    expect(own.body).toContain('insidellms: ` study.yaml `')
    expect(github.comments).toHaveLength(152)
  })

  it("knows a person's token by its person", async () => {
    const made = checkout()
    github.user = 'maintainer'
    await made.run(github.url, {})
    await made.run(github.url, {})
    expect(github.comments).toHaveLength(1)
  })

  it.each([
    [403, 'Resource not accessible by integration', 'from a fork may not write'],
    [500, 'Server Error', 'The next run of this action writes it'],
  ])('answered with %i has the summary only, says so, and decides the same', async (status, message, advice) => {
    github.refusal = { status, message }
    const ended = await checkout().run(github.url, { 'fail-on': 'changes' })
    expect(ended.code, ended.log).toBe(2)
    expect(github.comments).toEqual([])
    expect(ended.summary).toContain('2 regressions')
    expect(ended.log).toMatch(new RegExp(`::notice [^\\n]*${status}: ${message}[^\\n]*${advice}`))
  })

  it('keeps the comments of two configs apart, and writes none when not asked to', async () => {
    const both = (response: string): Files => ({
      ...study(response),
      'other/study.yaml': study(response)['study.yaml']!.replace('data.jsonl', '../data.jsonl'),
    })
    const made = checkout(both('yes'), both('no'))
    await made.run(github.url, {})
    await made.run(github.url, { config: 'other/study.yaml' })
    await made.run(github.url, { comment: 'false' })
    expect(github.comments).toHaveLength(2)
  })

  it('lets the project see no input, and obey nothing that it prints', async () => {
    const { code, log } = await checkout().run(github.url, { 'fail-on': 'never' })
    expect(code, log).toBe(0)
    let stopped: string | undefined
    for (const line of log.split('\n')) {
      const command = /^::stop-commands::(.+)$/.exec(line)?.[1]
      if (command !== undefined) stopped = command
      else if (line === `::${stopped}::`) stopped = undefined
      else if (line === '::error::printed by the project') expect(stopped).toBeDefined()
    }
    expect(log).toContain('printed by the project')
    expect(stopped).toBeUndefined()
    expect(log).not.toContain('token-of-the-job')
  })
})

describe('the gate', () => {
  it.each([
    ['never', 'yes', 'no', 0],
    ['regressions', 'no', 'yes', 2],
    ['changes', 'yes', 'yes', 0],
    ['changes', 'yes', 'yes indeed', 2],
    ['significant', 'yes', 'no', 0],
    ['significant, regressions', 'yes', 'no', 2],
  ])('%s, from "%s" to "%s": exit code %i', async (gate, before, after, code) => {
    const ended = await checkout(study(before), study(after)).run(github.url, { 'fail-on': gate, comment: 'false' })
    expect(ended.code, ended.log).toBe(code)
    expect(ended.outputs['exit-code']).toBe(String(code))
    expect(github.requests).toEqual([])
  })
})

describe('the base', () => {
  it('is fetched into a shallow checkout, in a project below the root', async () => {
    const below = (files: Files): Files =>
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`study/${name}`, text]))
    const made = checkout(below(study('yes')), below(study('no')))
    made.write('study/install.mjs', readFileSync(join(made.workspace, 'install.mjs'), 'utf8'))
    made.git('add', '--all')
    made.git('commit', '--quiet', '--message', 'installer')
    made.git('branch', '--force', 'main', 'HEAD')
    made.write('study/study.yaml', study('maybe')['study.yaml']!)
    made.git('commit', '--quiet', '--all', '--message', 'head')
    const shallow = join(made.root, 'shallow')
    made.git('clone', '--quiet', '--depth=1', '--branch=change', `file://${made.workspace}`, shallow)
    made.workspace = shallow
    const ended = await made.run(github.url, { base: 'main', 'working-directory': 'study', 'fail-on': 'changes' })
    expect(ended.code, ended.log).toBe(2)
    expect(ended.outputs['items']).toBe('3')
    const unknown = await made.run(github.url, { base: 'nowhere', 'working-directory': 'study' })
    expect(unknown.code).toBe(1)
    expect(unknown.log).toContain('::error title=insidellms::base: neither this checkout nor origin has "nowhere"')
  })

  it('can be a run from before, without a pull request', async () => {
    const made = checkout()
    const before = await made.run(github.url, {})
    const baseRun = before.outputs['base-run']!
    const ended = await made.run(github.url, { 'base-run': baseRun, 'fail-on': 'regressions' }, false)
    expect(ended.code, ended.log).toBe(2)
    expect(ended.outputs['base-run']).toBe(baseRun)
    expect(ended.summary).toContain('2 regressions')
    expect(github.comments).toHaveLength(1)
  })

  it('without the config leaves nothing to compare, and passes', async () => {
    const ended = await checkout({}, study('yes')).run(github.url, { 'fail-on': 'changes' })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.log).toContain('::notice title=insidellms::The base has no study.yaml')
    expect(github.comments[0]!.body).toContain('The base has no ` study.yaml `')
  })

  it('of which every item failed can still be mended', async () => {
    const failing = { ...study('yes'), ...answering("throw new Error('no')") }
    const ended = await checkout(failing, study('yes')).run(github.url, { 'fail-on': 'regressions' })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.log).toContain('::warning title=insidellms::Every item of study.yaml failed')
  })
})

describe('a run that cannot be', () => {
  it('fails, and the comment says why', async () => {
    const ended = await checkout(study('yes'), { 'study.yaml': 'model: { typ: dummy }\n' }).run(github.url, {})
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs).toEqual({ 'exit-code': '1', 'comment-url': 'https://github.test/o/r/pull/7#1' })
    expect(github.comments[0]!.body).toMatch(/### ❌ insidellms could not run\n\n```\n"insidellms run study\.yaml"/)
    expect(github.comments[0]!.body).toContain('typ')
  })

  it.each([
    ['install', { install: 'exit 3' }, '"exit 3" in '],
    ['install', { install: '' }, 'has none of package-lock.json'],
    ['install', { install: 'node --version' }, 'has no insidellms in its node_modules'],
  ])('says what is wrong with %s %j', async (_, inputs, message) => {
    const ended = await checkout().run(github.url, inputs)
    expect(ended.code).toBe(1)
    expect(ended.log).toMatch(/^::error title=insidellms::/m)
    expect(ended.log).toContain(message)
  })
})

describe('an input', () => {
  it.each([
    [{ config: '' }, 'config: is missing.'],
    [{ config: 'nope.yaml' }, 'config: there is no file "nope.yaml"'],
    [{ config: '../study.yaml' }, 'config: "../study.yaml" lies outside of the repository.'],
    [{ 'working-directory': 'nowhere' }, 'working-directory: "nowhere" is no directory of the repository.'],
    [{ 'working-directory': '..' }, 'working-directory: ".." is no directory of the repository.'],
    [
      { 'fail-on': 'regression' },
      'fail-on: "regression" is no gate. It may be changes, regressions, significant, trace, or never.',
    ],
    [{ 'fail-on': 'never,changes' }, 'fail-on: "never" stands alone.'],
    [{ comment: 'yes' }, 'comment: must be true or false, not "yes".'],
    [{ token: '' }, 'token: is empty.'],
    [{ base: 'main', 'base-run': 'runs' }, 'base and base-run: both are set.'],
    [{ 'base-run': 'runs' }, 'is no run directory; it has no records.jsonl.'],
    [{ base: '--upload-pack=x' }, 'base: "--upload-pack=x" is no commit, tag or branch.'],
  ])('%j is refused', async (inputs, message) => {
    const ended = await checkout().run(github.url, inputs)
    expect(ended.code).toBe(1)
    expect(ended.log).toContain(`::error title=insidellms::`)
    expect(ended.log).toContain(message)
    expect(ended.outputs).toEqual({ 'exit-code': '1' })
    expect(github.requests).toEqual([])
  })

  it('for the base is needed outside of a pull request', async () => {
    const ended = await checkout().run(github.url, {}, false)
    expect(ended.log).toContain('base: is missing. Only a pull request has one of its own')
  })
})

describe('what a model wrote', () => {
  const hostile = [
    '@octocat see #12, GH-12, octo/cat#3 and octo/cat@0123456789012345678901234567890123456789',
    '</details><script>alert(1)</script><img src=x onerror=alert(1)>',
    '```\n## A heading\n```\n- [ ] a task\n\n| a | b |\n|---|---|',
    '`a` ``b`` ```c``` [x](https://evil.example) ![x](https://evil.example/x.png) https://evil.example www.evil.example',
    '<!-- insidellms-action 0000000000000000 -->\n::error::x\n$x$ :tada: ~~x~~ **x** _x_ \\',
    '\u202eevil\u200b\u0000\u001b[31m',
  ]

  const echo = (answers: string[]): Files =>
    answering(`return ${JSON.stringify(answers)}[Number(/\\d+/.exec(prompt)[0])]`)
  const dataset = (count: number, id: (index: number) => string): Files => ({
    'data.jsonl': Array.from(
      { length: count },
      (_, index) => `${JSON.stringify({ id: id(index), question: `Number ${index}?`, reference_answer: 'yes' })}\n`,
    ).join(''),
  })

  it('renders nowhere', async () => {
    const data = dataset(hostile.length, (index) => `@user ${index} \`#1\``)
    const made = checkout({ ...echo(hostile.map(() => 'yes')), ...data }, echo(hostile))
    const ended = await made.run(github.url, { 'fail-on': 'regressions' })
    expect(ended.code, ended.log).toBe(2)
    const { body } = github.comments[0]!
    expect(body).toContain('octocat')
    expect(body).toContain('onerror')
    for (const line of body.split('\n').slice(1)) {
      const outside = line.replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, 'CODE')
      const ours = outside
        .replaceAll(/<\/?(?:details|summary|sub)>|&#8203;|&(?:amp|lt|gt);|\\./g, '')
        .replace(/^#{2,4} /, '')
      expect(ours).not.toMatch(/[<>`@#$]|\]\(|www\.|https?:|GH-\d/)
    }
    for (const unseen of ['\u202e', '\u200b', '\0', '\u001b']) expect(body).not.toContain(unseen)
  })

  it('is cut where a comment ends, with its folds closed and a note', async () => {
    const answers = Array.from({ length: 40 }, (_, index) => `@octocat ${'`'.repeat(index)} ${'word '.repeat(500)}`)
    const data = dataset(40, (index) => `${index}-${'x'.repeat(3_000)}`)
    const made = checkout({ ...echo(answers.map(() => 'yes')), ...data }, echo(answers))
    const ended = await made.run(github.url, {})
    const { body } = github.comments[0]!
    expect(body.length).toBeLessThanOrEqual(65_536)
    expect(body.length).toBeGreaterThan(60_000)
    expect(body).toContain(
      '\n</details>\n\n> **Cut here.** A comment holds 65,536 characters; the job summary has more.\n',
    )
    expect(body.match(/^<details>/gm)).toHaveLength(body.match(/^<\/details>$/gm)!.length)
    expect(ended.summary.length).toBeGreaterThan(65_536)
    expect(ended.summary).not.toContain('Cut here')
  })
})
