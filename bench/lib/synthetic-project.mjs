import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes a project with many direct dependencies, whose manifests have the size of real ones: 1 to 6 KB, 3 KB in the mean.
 *
 * @param {string} directory
 * @param {{ dependencies: number, plugins: number }} counts
 */
export function writeSyntheticProject(directory, { dependencies, plugins }) {
  const names = Array.from(
    { length: dependencies },
    (_, index) => `${index % 3 === 0 ? '@scope/' : ''}package-${index}`,
  )
  for (const [index, name] of names.entries()) {
    const folder = join(directory, 'node_modules', name)
    mkdirSync(folder, { recursive: true })
    const isPlugin = index % Math.floor(dependencies / plugins) === 0
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest(name, index, isPlugin), null, 2))
    if (isPlugin) writeFileSync(join(folder, 'plugin.js'), 'export default {}\n')
  }
  const wanted = Object.fromEntries(names.map((name) => [name, '^1.0.0']))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'project', dependencies: wanted }, null, 2))
}

/**
 * @param {string} name
 * @param {number} index
 * @param {boolean} isPlugin
 */
function manifest(name, index, isPlugin) {
  const lines = 10 + ((index * 37) % 100)
  return {
    name,
    version: '1.2.3',
    description: `Package number ${index} of a project that has very many of them.`,
    license: 'MIT',
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    scripts: Object.fromEntries(
      Array.from({ length: lines / 2 }, (_, line) => [`script:${line}`, `node scripts/${line}.mjs --verbose`]),
    ),
    dependencies: Object.fromEntries(Array.from({ length: lines / 2 }, (_, line) => [`dependency-${line}`, '^1.0.0'])),
    ...(isPlugin && {
      insidellms: {
        apiVersion: 1,
        plugin: './plugin.js',
        provides: { models: [`vendor-${index}`], probes: [], datasets: [] },
      },
    }),
  }
}
