// Joins the modules into one file per entry, as core's bundle.mjs does and for its reason: `import '@insidellms/probes'`
// spent 70 of its 100 ms on finding and linking 76 files. The files lie two folders deep, as the sources that look for
// suites/ do.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

await build({
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  entryPoints: { index: 'dist/index.js', suites: 'dist/suites/index.js' },
  outdir: 'dist/bundle',
  bundle: true,
  format: 'esm',
  target: 'es2023',
  platform: 'node',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
})
