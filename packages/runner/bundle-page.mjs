// Bundles the script and the style of report.html into src/report/page-bundle.ts, which is committed: a report is then
// written without a bundler, from dist and from the sources alike. A test says when this has to run again:
// `pnpm run bundle:page`.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

/** @returns {Promise<{ script: string, style: string }>} */
export async function bundlePage() {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
    entryPoints: ['page/main.ts'],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    minify: true,
    write: false,
    logLevel: 'warning',
  })
  const css = readFileSync(new URL('page/page.css', import.meta.url), 'utf8')
  const { code: style } = await transform(css, { loader: 'css', minify: true })
  return { script: outputFiles[0].text.trim(), style: style.trim() }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { script, style } = await bundlePage()
  writeFileSync(
    new URL('src/report/page-bundle.ts', import.meta.url),
    `// Made by bundle-page.mjs from page/. Do not edit.
export const pageScript: string = ${JSON.stringify(script)}
export const pageStyle: string = ${JSON.stringify(style)}
`,
  )
}
