import { dirname, join, resolve } from 'node:path'
import { fs } from './builtin-fs.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import { type Manifest, parseManifest } from './parse-manifest.ts'

/** The given directory, else the nearest ancestor of the working directory that has a package.json. */
export function findProject(given: string | undefined): string {
  const start = resolve(given ?? process.cwd())
  for (let directory = start; ; directory = dirname(directory)) {
    if (fs.existsSync(join(directory, 'package.json'))) return directory
    if (given !== undefined || dirname(directory) === directory)
      throw new InsideLLMsError(
        'config',
        `${start} has no package.json${given === undefined ? ', nor has any directory above it' : ''}. Run in a project (npm init -y), or call registry.use(plugin).`,
      )
  }
}

/** Installing a direct dependency is the consent to run it; transitive ones are never loaded. */
export function directDependencies(project: string): string[] {
  const path = join(project, 'package.json')
  let manifest: Manifest
  try {
    manifest = parseManifest(fs.readFileSync(path, 'utf8'))
  } catch (error) {
    throw new InsideLLMsError('config', `${path} ${(error as Error).message}.`, { cause: error })
  }
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((field) =>
    Object.keys((manifest[field] ?? {}) as object),
  )
  return [...new Set(names)].sort()
}
