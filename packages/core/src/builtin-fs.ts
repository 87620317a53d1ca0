import type * as nodeFs from 'node:fs'

/**
 * `node:fs`, without an import statement: that would touch each of the module's properties, and `promises` alone takes
 * 4 ms to load. Discovery over 200 packages takes 6.
 */
export const fs: typeof nodeFs = process.getBuiltinModule('node:fs')
