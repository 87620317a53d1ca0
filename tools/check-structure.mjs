#!/usr/bin/env node
// Checks that a package is laid out as this project's packages are, so that a reader who knows one knows them all.
//
//   node check-structure.mjs [directory ...]      default: every package in packages/
//
// A package with an "insidellms" field in its package.json is a plugin, and some rules are for plugins only. It has no
// dependency and knows none of our names: run it on your own provider. Exit code 0, or 1 with one line per problem.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const mostFiles = 8
const mostLines = 250

/** @returns {string[]} one sentence per problem */
export function checkStructure(directory) {
  const manifest = readManifest(directory)
  if (typeof manifest === 'string') return [manifest]
  const problems = []
  const sources = sourcesOf(join(directory, 'src'))
  if (manifest.insidellms !== undefined) {
    problems.push(...pluginProblems(directory, manifest))
    problems.push(...folderProblems(directory, sources))
  }
  problems.push(...packageProblems(directory, manifest))
  for (const file of sources) problems.push(...fileProblems(file, relative(directory, file).replaceAll('\\', '/')))
  return problems
}

/** Each entry of its own, such as a second backend, may have a folder of its own. */
function* folderProblems(directory, sources) {
  const counts = new Map()
  for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  for (const [folder, count] of counts)
    if (count > mostFiles)
      yield `${relative(directory, folder).replaceAll('\\', '/')} has ${count} files; a folder of a plugin has at most ${mostFiles}. Move what is not its own out, or join what is one concept.`
}

function readManifest(directory) {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  } catch (error) {
    return `package.json cannot be read: ${error.message}`
  }
}

function* packageProblems(directory, manifest) {
  for (const field of ['name', 'version', 'description', 'license'])
    if (!manifest[field]) yield `package.json has no "${field}".`
  if (manifest.type !== 'module') yield 'package.json must say "type": "module".'
  if (!manifest.engines?.node) yield 'package.json must say for which Node.js it is: "engines": { "node": ... }.'
  if (!Array.isArray(manifest.files)) yield 'package.json must list what is published: "files".'
  const entries = manifest.exports
  if (typeof entries !== 'object' || entries === null) yield 'package.json must have "exports".'
  else {
    if (entries['./package.json'] !== './package.json') yield '"exports" must have "./package.json": "./package.json".'
    for (const [entry, target] of Object.entries(entries))
      if (entry.includes('*')) yield `"exports" must be a closed list; ${entry} opens it.`
      else if (typeof target === 'object' && Object.keys(target ?? {})[0] !== 'types')
        yield `"exports" ${entry}: "types" must come first.`
  }
  if (!existsSync(join(directory, 'README.md'))) yield 'README.md is missing.'
  else if (!readFileSync(join(directory, 'README.md'), 'utf8').includes('```')) yield 'README.md has no example.'
}

function* pluginProblems(directory, { insidellms, keywords = [], peerDependencies = {}, dependencies = {} }) {
  if (!Number.isSafeInteger(insidellms.apiVersion)) yield '"insidellms.apiVersion" must be a whole number.'
  const { plugin, provides = {} } = insidellms
  if (typeof plugin !== 'string' || !plugin.startsWith('./'))
    yield '"insidellms.plugin" must be a path that begins with "./".'
  else if (relative(directory, resolve(directory, plugin)).startsWith('..'))
    yield '"insidellms.plugin" must lie inside the package.'
  const names = Object.values(provides).flat()
  if (names.length === 0 || names.some((name) => typeof name !== 'string'))
    yield '"insidellms.provides" must list the names that the plugin registers.'
  if (!keywords.includes('insidellms-plugin')) yield '"keywords" must have "insidellms-plugin": people search for it.'
  if (!peerDependencies['@insidellms/core']) yield '@insidellms/core must be a peer dependency.'
  if (dependencies['@insidellms/core'])
    yield '@insidellms/core must not be a dependency: a second copy would come with it.'
}

function* fileProblems(file, shown) {
  const text = readFileSync(file, 'utf8')
  const lines = text.split('\n').length - 1
  if (!/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(file))) yield `${shown}: its name must be in kebab-case.`
  // A reason on the first line is for the reader to judge, and not for a script.
  if (lines > mostLines && !text.startsWith('// Long because '))
    yield `${shown}: ${lines} lines; at most ${mostLines}. Split it, or begin it with "// Long because ...".`
  if (basename(file) === 'index.ts' && /^export \*/m.test(text))
    yield `${shown}: must be a closed list; it has "export *".`
  if (/\bfrom '\.{1,2}\/[^']*(?<!\.ts|\.json)'/.test(text)) yield `${shown}: relative imports must end in .ts.`
}

function sourcesOf(directory) {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true })
    .map((entry) => join(directory, entry))
    .filter((file) => /\.[cm]?tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const packages = fileURLToPath(new URL('../packages/', import.meta.url))
  const given = process.argv.slice(2)
  const directories = given.length > 0 ? given : readdirSync(packages).map((name) => join(packages, name))
  for (const directory of directories)
    for (const problem of checkStructure(resolve(directory))) {
      console.error(`${basename(resolve(directory))}: ${problem}`)
      process.exitCode = 1
    }
}
