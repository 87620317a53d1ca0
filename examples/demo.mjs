// The main job from end to end, offline: one language model, as it was trained and with its weights rounded, under three
// probes, and what the rounding changed.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const cli = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url))
rmSync(new URL('demo-runs', import.meta.url), { recursive: true, force: true })

function insidellms(...args) {
  console.log(`\n$ npx insidellms ${args.join(' ')}\n`)
  const { status } = spawnSync(process.execPath, [cli, ...args], { cwd: here, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

insidellms('run', 'demo/f32.yaml', '--run-dir', 'demo-runs/f32')
insidellms('run', 'demo/q4.yaml', '--run-dir', 'demo-runs/q4')
insidellms('diff', 'demo-runs/f32', 'demo-runs/q4', '--limit', '3')
insidellms('report', 'demo-runs/f32', 'demo-runs/q4', '--output', 'demo-runs/report.html')

console.log(`
The commands ran in examples/, and the two runs are in examples/demo-runs: config.resolved.yaml is what was asked,
records.jsonl what came of it, manifest.json with what. Open examples/demo-runs/report.html to look at every answer.`)
