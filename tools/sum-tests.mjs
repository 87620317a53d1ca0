// Sums a Vitest JSON report over all packages, and names every failure and every skip that nobody expects.
import { existsSync, readFileSync } from 'node:fs'

const [file] = process.argv.slice(2)
const text = file && existsSync(file) ? readFileSync(file, 'utf8') : ''
if (text === '') {
  console.log('The tests wrote no report: the build or the checks before them failed.')
  console.log('0 passed, 1 failed, 0 skipped')
  process.exit(1)
}

// A test may be skipped when it says what it lacks, and this machine lacks it.
const needs = /\(needs ([^)]+)\)/
const isExpected = (name) => {
  // A provider declares what it does not do, with a reason, or it fails: packages/conformance sees to that.
  if (name.includes('insideLLMs conformance ')) return true
  if (name.includes('(root and Windows ')) return process.getuid?.() === 0 || process.platform === 'win32'
  const missing = needs.exec(name)?.[1]
  return missing !== undefined && !existsSync(new URL(`../${missing}`, import.meta.url))
}

const { testResults } = JSON.parse(text)
const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
const brokenFiles = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
)
const failed = tests.filter(({ status }) => status === 'failed')
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
const unexpected = skipped.filter(({ fullName }) => !isExpected(fullName))

for (const { name, message } of brokenFiles) console.log(`FAILED ${name}: ${message}`)
for (const { fullName } of failed) console.log(`FAILED ${fullName}`)
for (const { fullName } of unexpected) console.log(`SKIPPED without an expected reason: ${fullName}`)
const failures = failed.length + brokenFiles.length + unexpected.length
console.log(
  `${tests.length - failed.length - skipped.length} passed, ${failures} failed, ${skipped.length - unexpected.length} skipped`,
)
process.exit(failures > 0 || tests.length === 0 ? 1 : 0)
