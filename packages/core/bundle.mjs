// Joins core's modules into one file per entry. Node takes about 0.4 ms to find and link each module: 45 of them would make
// `import '@insidellms/core'` four times as slow. Entries share no chunk for the same reason; what they hold twice is
// stateless, and errors know each other by their brand.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const entries = [
  'index',
  'driver',
  'chat-completions',
  'discover',
  'discover-unavailable',
  'http-pool',
  'http-pool-default',
]

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

await build({
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  entryPoints: entries.map((name) => `dist/${name}.js`),
  outdir: 'dist/bundle',
  bundle: true,
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  external: ['#*', 'node:*'],
  define: { INSIDELLMS_CORE_VERSION: JSON.stringify(version) },
  sourcemap: true,
  logLevel: 'warning',
})
