import { spawnSync } from 'node:child_process'

export interface Ran {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs a command of a package manager, or of a project; `.cmd` files of Windows need its shell. */
export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Ran {
  const shell = process.platform === 'win32'
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell,
    env: { ...clean(process.env), ...env },
  })
  if (error) throw error
  return { status, stdout, stderr }
}

/** Like `run`, but throws with all output when the command fails. */
export function must(command: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Ran {
  const ran = run(command, args, cwd, env)
  if (ran.status !== 0)
    throw new Error(`${command} ${args.join(' ')} in ${cwd} ended with ${ran.status}:\n${ran.stdout}\n${ran.stderr}`)
  return ran
}

/** What Vitest and the workspace's own package manager set must not reach the projects outside of it. */
function clean(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|command|execpath)|pnpm_|VITEST|NODE_ENV|NODE_OPTIONS|INSIDELLMS_|CI$)/i.test(name),
  )
  return Object.fromEntries(kept)
}
