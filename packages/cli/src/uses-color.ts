import type { CliStreams } from './command-context.ts'

/** Colours go to terminals, unless NO_COLOR (no-color.org) or FORCE_COLOR says otherwise. */
export function usesColor(stream: CliStreams['stdout']): boolean {
  if (process.env['NO_COLOR']) return false
  if (process.env['FORCE_COLOR'] && process.env['FORCE_COLOR'] !== '0') return true
  return stream.isTTY === true && process.env['TERM'] !== 'dumb'
}
