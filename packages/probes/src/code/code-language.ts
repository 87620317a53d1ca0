/** The languages that can be executed, and parsed as far as this package can. */
export type CodeLanguage = 'python' | 'javascript'

const aliases: Record<string, CodeLanguage> = {
  python: 'python',
  py: 'python',
  python3: 'python',
  javascript: 'javascript',
  js: 'javascript',
  node: 'javascript',
  mjs: 'javascript',
  ecmascript: 'javascript',
}

/** The language by any of its usual names; undefined for one that is not known here. */
export function codeLanguage(name: string): CodeLanguage | undefined {
  const key = name.trim().toLowerCase()
  return Object.hasOwn(aliases, key) ? aliases[key] : undefined
}
