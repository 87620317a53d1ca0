import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { must } from './run.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tarballs lie, and an empty place for projects. */
    packed: { tarballs: Record<string, string>; newerCore: string; projects: string }
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))

/** What the projects install; everything else comes from the registry. */
const packages = ['core', 'probes', 'runner', 'cli', 'provider-openai']

/** A version that no release will reach, for "the highest core that a peer range allows". */
export const newerVersion = '1.99.0'

interface Manifest {
  name: string
  version: string
  devDependencies?: unknown
}

/** Packs everything once for all test files, outside of the workspace. */
export default function setup(project: TestProject): () => void {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'insidellms-packed-')))
  const tarballs: Record<string, string> = {}
  for (const folder of packages) {
    const directory = join(root, 'packages', folder)
    if (!existsSync(join(directory, 'dist'))) throw new Error(`${directory} is not built. Run: pnpm run build`)
    tarballs[manifestOf(directory).name] = pack('pnpm', directory, place)
  }
  for (const folder of readdirSync(fixtures)) tarballs[folder] = pack('npm', join(fixtures, folder), place)
  project.provide('packed', { tarballs, newerCore: packNewerCore(place), projects: join(place, 'projects') })
  return () => rmSync(place, { recursive: true, force: true, maxRetries: 3 })
}

/** The same core under a higher version, as a later release would be. */
function packNewerCore(place: string): string {
  const copy = join(place, 'newer-core')
  const core = join(root, 'packages/core')
  for (const name of ['dist', 'README.md', 'package.json'])
    cpSync(join(core, name), join(copy, name), { recursive: true })
  const { devDependencies: _, ...manifest } = manifestOf(core)
  writeFileSync(join(copy, 'package.json'), JSON.stringify({ ...manifest, version: newerVersion }))
  return pack('npm', copy, place)
}

function pack(client: 'npm' | 'pnpm', directory: string, place: string): string {
  const destination = mkdtempSync(join(place, 'tarball-'))
  mkdirSync(destination, { recursive: true })
  must(client, ['pack', '--pack-destination', destination], directory)
  return join(destination, readdirSync(destination)[0]!)
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
}
