export type Manifest = Record<string, unknown>

/** The object in a package.json. @throws {Error} whose message continues "package.json ...". */
export function parseManifest(text: string): Manifest {
  let manifest: unknown
  try {
    manifest = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (error) {
    throw new Error(`is no JSON (${(error as Error).message})`, { cause: error })
  }
  if (!isObject(manifest)) throw new Error('is no JSON object')
  return manifest
}

export function isObject(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
