import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const shared = fileURLToPath(new URL('../../../../shared', import.meta.url))

/** A folder or file of the test data beside the checkout, or undefined where a machine does not have it. */
export function sharedPath(relative: string): string | undefined {
  const path = `${shared}/${relative}`
  return existsSync(path) ? path : undefined
}
