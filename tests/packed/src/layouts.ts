import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { must, type Ran, run } from './run.ts'

/** A project that a stranger might have: made, asked, changed. */
export interface Layout {
  name: string
  /** Writes and installs a project with these direct dependencies; the other tarballs stand in for the registry. */
  create(
    directory: string,
    dependencies: readonly string[],
    tarballs: Record<string, string>,
    newerCore: string,
  ): Project
}

export interface Project {
  /** The directory whose package.json has the dependencies. */
  directory: string
  insidellms(...args: string[]): Ran
  node(file: string): Ran
  remove(name: string): void
}

const fileSpec = (path: string): string => `file:${path.replaceAll('\\', '/')}`

function specs(tarballs: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, fileSpec(tarballs[name]!)]))
}

function write(directory: string, name: string, content: unknown): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
}

const bin = (directory: string, command: string): string =>
  join(directory, 'node_modules', '.bin', process.platform === 'win32' ? `${command}.cmd` : command)

function commandsOf(directory: string): Pick<Project, 'directory' | 'insidellms' | 'node'> {
  return {
    directory,
    insidellms: (...args) => run(bin(directory, 'insidellms'), args, directory),
    node: (file) => run(process.execPath, [file], directory),
  }
}

const npm: Layout = {
  name: 'npm',
  create(directory, dependencies, tarballs, newerCore) {
    const { 'insidellms-provider-twin': twin, ...others } = specs(tarballs, Object.keys(tarballs))
    write(directory, 'package.json', {
      private: true,
      dependencies: specs(tarballs, dependencies),
      overrides: {
        ...others,
        ...(twin && { 'insidellms-provider-twin': { '.': twin, '@insidellms/core': fileSpec(newerCore) } }),
      },
    })
    must('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], directory)
    return {
      ...commandsOf(directory),
      remove: (name) => void must('npm', ['uninstall', '--no-audit', '--no-fund', name], directory),
    }
  },
}

function pnpmSettings(tarballs: Record<string, string>, newerCore: string, packages: string): string {
  const overrides = {
    ...specs(tarballs, Object.keys(tarballs)),
    'insidellms-provider-twin>@insidellms/core': fileSpec(newerCore),
  }
  // A YAML document may hold JSON.
  return `packages: ${packages}\nminimumReleaseAge: 0\noverrides: ${JSON.stringify(overrides)}\n`
}

const pnpm: Layout = {
  name: 'pnpm',
  create(directory, dependencies, tarballs, newerCore) {
    write(directory, 'package.json', { private: true, dependencies: specs(tarballs, dependencies) })
    write(directory, 'pnpm-workspace.yaml', pnpmSettings(tarballs, newerCore, '[.]'))
    must('pnpm', ['install', '--no-frozen-lockfile', '--prefer-offline'], directory)
    return { ...commandsOf(directory), remove: (name) => void must('pnpm', ['remove', name], directory) }
  },
}

const pnpmWorkspace: Layout = {
  name: 'a pnpm workspace',
  create(directory, dependencies, tarballs, newerCore) {
    const study = join(directory, 'packages', 'study')
    write(directory, 'package.json', { private: true })
    write(directory, 'pnpm-workspace.yaml', pnpmSettings(tarballs, newerCore, '["packages/*"]'))
    write(study, 'package.json', { name: 'study', private: true, dependencies: specs(tarballs, dependencies) })
    must('pnpm', ['install', '--no-frozen-lockfile', '--prefer-offline'], directory)
    return { ...commandsOf(study), remove: (name) => void must('pnpm', ['remove', name], study) }
  },
}

const yarnPnp: Layout = {
  name: 'Yarn PnP',
  create(directory, dependencies, tarballs, newerCore) {
    const yarn = join(
      dirname(createRequire(import.meta.url).resolve('@yarnpkg/cli-dist/package.json')),
      'bin',
      'yarn.js',
    )
    // Yarn has settings of its own for what npm is told by its environment.
    const registry = must('npm', ['config', 'get', 'registry'], dirname(directory)).stdout.trim()
    write(directory, 'package.json', {
      private: true,
      dependencies: specs(tarballs, dependencies),
      resolutions: {
        // The first one that fits counts.
        'insidellms-provider-twin/@insidellms/core': fileSpec(newerCore),
        ...specs(tarballs, Object.keys(tarballs)),
      },
    })
    write(directory, 'yarn.lock', '')
    write(
      directory,
      '.yarnrc.yml',
      JSON.stringify({
        nodeLinker: 'pnp',
        enableTelemetry: false,
        // Goes away with the tarballs, which would else pile up in the user's own cache.
        globalFolder: join(dirname(directory), 'yarn'),
        enableImmutableInstalls: false,
        npmRegistryServer: registry,
        npmMinimalAgeGate: 0,
        unsafeHttpWhitelist: [new URL(registry).hostname],
      }),
    )
    // Yarn trusts only Node's own list of certificates; a network with its own authority has it in the system's.
    const env = { NODE_USE_SYSTEM_CA: '1' }
    const call = (...args: string[]): Ran => run(process.execPath, [yarn, ...args], directory)
    must(process.execPath, [yarn, 'install'], directory, env)
    return {
      directory,
      insidellms: (...args) => call('insidellms', ...args),
      node: (file) => call('node', file),
      remove: (name) => void must(process.execPath, [yarn, 'remove', name], directory, env),
    }
  },
}

export const layouts: readonly Layout[] = [npm, pnpm, pnpmWorkspace, yarnPnp]
