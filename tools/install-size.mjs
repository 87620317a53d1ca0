// Installs core and one provider from their packed tarballs into an empty project, and beside it the vendor's SDK alone;
// writes how much either takes to docs/install-size.md. Fails when a provider brings another vendor's SDK, or an engine
// that nobody asked for. Needs a build and the registry; takes some minutes, and is run by hand.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The SDK of each provider. */
const sdkOf = {
  anthropic: '@anthropic-ai/sdk',
  cohere: 'cohere-ai',
  google: '@google/genai',
  huggingface: '@huggingface/inference',
  llamacpp: 'node-llama-cpp',
  ollama: 'ollama',
  openai: 'openai',
  'openai-compatible': 'openai',
  openrouter: 'openai',
  vllm: 'openai',
}
const isSdk = (name) =>
  Object.values(sdkOf).includes(name) || name === '@huggingface/transformers' || name.startsWith('onnxruntime')

const work = mkdtempSync(join(tmpdir(), 'insidellms-size-'))
try {
  const tarballs = new Map(['core', ...providers().map((name) => `provider-${name}`)].map((name) => [name, pack(name)]))
  const alone = new Map()
  const rows = []
  for (const name of providers()) {
    const sdk = sdkOf[name]
    if (sdk === undefined) throw new Error(`provider-${name}: tools/install-size.mjs does not know its SDK.`)
    const manifest = manifestOf(`provider-${name}`)
    // What the registry does not have yet comes from here too.
    const ours = Object.keys(manifest.dependencies).filter((dependency) => dependency.startsWith('@insidellms/'))
    const folders = ['core', `provider-${name}`, ...ours.map((dependency) => dependency.slice('@insidellms/'.length))]
    const whole = install(
      `provider-${name}`,
      folders.map((folder) => tarballs.get(folder)),
    )
    const found = whole.names.filter(isSdk)
    if (found.join() !== sdk)
      throw new Error(`provider-${name} installs ${found.join(', ') || 'no SDK'}, not ${sdk} alone.`)
    const version = whole.versions.get(sdk)
    if (!alone.has(sdk)) alone.set(sdk, install(`sdk-${alone.size}`, [`${sdk}@${version}`]))
    const raw = alone.get(sdk)
    const megabytes = (bytes) => (bytes / 1e6).toFixed(1)
    rows.push([
      `\`${manifest.name}\``,
      megabytes(whole.bytes),
      whole.names.length,
      `\`${sdk}\` ${version}`,
      megabytes(raw.bytes),
      raw.names.length,
      megabytes(whole.bytes - raw.bytes),
    ])
    console.log(rows.at(-1).join('  '))
  }
  mkdirSync(join(root, 'docs'), { recursive: true })
  writeFileSync(join(root, 'docs', 'install-size.md'), page(rows))
} finally {
  rmSync(work, { recursive: true, force: true })
}

function providers() {
  return readdirSync(join(root, 'packages'))
    .filter((name) => name.startsWith('provider-'))
    .map((name) => name.slice('provider-'.length))
    .sort()
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
}

function run(command, args, cwd) {
  // On Windows, npm and pnpm are scripts of the shell.
  return execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
}

function pack(folder) {
  const { name, version } = manifestOf(folder)
  run('pnpm', ['pack', '--pack-destination', work], join(root, 'packages', folder))
  return join(work, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
}

/** No package's script is run: several download more. */
function install(name, what) {
  const folder = join(work, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'fresh', private: true }))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...what], folder)
  const modules = join(folder, 'node_modules')
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'))
  const versions = new Map(
    Object.entries(packages).map(([path, { version }]) => [path.split('node_modules/').at(-1), version]),
  )
  const bytes = sizeOf(modules)
  rmSync(folder, { recursive: true, force: true })
  return { names: Object.keys(packages).map((path) => path.split('node_modules/').at(-1)), versions, bytes }
}

function sizeOf(folder) {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += sizeOf(path)
    else if (entry.isFile()) bytes += statSync(path).size
  }
  return bytes
}

function page(rows) {
  const npm = run('npm', ['--version'], root).trim()
  const line = (cells) => `| ${cells.join(' | ')} |`
  return `# Install size

What \`npm install\` puts into an empty project: \`@insidellms/core\` and one provider, and the vendor's SDK alone in the
same version. MB are millions of bytes in \`node_modules\`; packages are counted with every one they depend on, ours
included. Each provider brought its vendor's SDK and no other one; \`node-llama-cpp\` came with its own provider only, and
\`@huggingface/transformers\` and \`onnxruntime\` with none.

Measured on ${new Date().toISOString().slice(0, 10)}, ${process.platform} ${process.arch}, Node ${process.versions.node}, npm ${npm}, by \`node tools/install-size.mjs\`.

${line(['provider, with core', 'MB', 'packages', 'SDK alone', 'MB', 'packages', 'more MB'])}
${line(['---', '---:', '---:', '---', '---:', '---:', '---:'])}
${rows.map(line).join('\n')}
`
}
