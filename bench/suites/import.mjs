import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withChild } from '../lib/child.mjs'
import { writeSyntheticProject } from '../lib/synthetic-project.mjs'
import { takeTurns } from '../lib/results.mjs'
import { withTemporaryDirectory } from '../lib/temporary-directory.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const cli = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url))
const bare = 'bare node'

/** @param {string[]} specifiers */
const importing = (specifiers) => [
  '--input-type=module',
  '--eval',
  specifiers.map((specifier) => `await import('${specifier}')`).join('\n'),
]

/** @type {Record<string, string[]>} Arguments of node. */
const programs = {
  [bare]: importing([]),
  '@insidellms/core': importing(['@insidellms/core']),
  '@insidellms/provider-openai': importing(['@insidellms/provider-openai']),
  '@insidellms/provider-openai/plugin': importing(['@insidellms/provider-openai/plugin']),
  openai: importing(['openai']),
  '@anthropic-ai/sdk': importing(['@anthropic-ai/sdk']),
  'ai + @ai-sdk/openai': importing(['ai', '@ai-sdk/openai']),
  '@langchain/openai': importing(['@langchain/openai']),
  undici: importing(['undici']),
  'insidellms --help': [cli, '--help'],
}

/**
 * What it costs to be loaded: packages, the command, discovery.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 */
export async function imports(options) {
  return [await startUp(options.rounds ?? 25), await discovery(options.rounds ?? 15), await lazySdk()]
}

/**
 * @param {number} rounds
 * @returns {Promise<import('../lib/results.mjs').Result>}
 */
async function startUp(rounds) {
  const names = Object.keys(programs).filter((name) => name !== 'insidellms --help' || existsSync(cli))
  const contenders = await takeTurns(names, rounds, async (name) => startOnce(programs[name] ?? []))
  return {
    suite: 'import',
    scenario: 'a process that does nothing else',
    baseline: bare,
    columns: [
      { title: 'ms over bare node', metric: 'wallMs', show: 'difference', digits: 1 },
      { title: 'ms in all', metric: 'wallMs', digits: 1 },
    ],
    contenders,
  }
}

/** @param {string[]} args */
function startOnce(args) {
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: here,
    encoding: 'utf8',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const wallMs = performance.now() - start
  if (status !== 0) throw new Error(stderr.slice(0, 500))
  return { wallMs }
}

/**
 * @param {number} rounds
 * @returns {Promise<import('../lib/results.mjs').Result>}
 */
async function discovery(rounds) {
  const name = 'registry.discover()'
  const contenders = await withTemporaryDirectory((project) => {
    writeSyntheticProject(project, { dependencies: 200, plugins: 10 })
    return takeTurns([name], rounds, () =>
      withChild('workers/discovery.mjs', [], (worker) => worker.ask('discover', project)),
    )
  })
  return {
    suite: 'import',
    scenario: 'discovery over 200 direct dependencies, in a fresh process',
    baseline: name,
    columns: [
      { title: 'ms', metric: 'ms', digits: 1 },
      { title: 'plugins found', metric: 'found' },
    ],
    contenders,
  }
}

/** @returns {Promise<import('../lib/results.mjs').Result>} */
async function lazySdk() {
  const contenders = await takeTurns(['openai'], 1, () =>
    withChild('workers/server.mjs', [], async (server) => {
      const origin = await server.ask('origin')
      return withChild('workers/lazy-sdk.mjs', [], (worker) => worker.ask('load', { project: here, origin }))
    }),
  )
  return {
    suite: 'import',
    scenario: 'modules of the vendor SDK that are loaded',
    baseline: 'openai',
    columns: [
      { title: 'before the first call', metric: 'before' },
      { title: 'after it', metric: 'after' },
    ],
    contenders,
  }
}
