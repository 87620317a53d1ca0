/** A command line that cannot be right: exit code 64. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}
