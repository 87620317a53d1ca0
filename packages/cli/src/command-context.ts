import type { PluginRegistry } from '@insidellms/core'

/** Where a command writes. */
export interface CliStreams {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
}

export interface GlobalOptions {
  /** `false` for `--no-plugins`. */
  plugins: boolean
  project?: string
}

/** What every command gets. */
export interface CommandContext extends CliStreams {
  /** Finds the project's plugins; a command that needs none does not pay for it. */
  registry(plugins?: readonly string[]): Promise<PluginRegistry>
  /** Aborts at the first Ctrl-C; the second one ends the process. */
  signal: AbortSignal
  options: GlobalOptions
}
