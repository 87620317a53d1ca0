// The main job from end to end, offline: a dataset through a probe against two models, twice, and what changed.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const runs = 'demo-runs'
rmSync(`${root}${runs}`, { recursive: true, force: true })

function insidellms(...args) {
  console.log(`\n$ npx insidellms ${args.join(' ')}\n`)
  const { status } = spawnSync(process.execPath, ['packages/cli/dist/bin.js', ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

insidellms('harness', 'examples/demo/first.yaml', '--run-dir', `${runs}/first`)
insidellms('harness', 'examples/demo/second.yaml', '--run-dir', `${runs}/second`)
insidellms('diff', `${runs}/first`, `${runs}/second`, '--limit', '3')

console.log(`
The two runs are in ${runs}/: config.resolved.yaml is what was asked, records.jsonl what came of it, manifest.json with
what. The model of the second run is the same one "upgraded": see examples/demo/calculator.mjs.`)
