import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'
import { loadConfig, type LoadedConfig } from '../config/load-config.ts'
import { runFiles } from '../run/run-directory.ts'

/**
 * The config of a finished run. Its secrets were never written: `${VAR}` is read from the environment again, where somebody
 * is to be asked. A replay asks nobody, and needs none of them.
 *
 * @throws {InsideLLMsError} `config`, naming the variable that is missing, or the value that the run does not have.
 */
export async function loadResolvedConfig(
  runDirectory: string,
  ask: boolean,
  environment: Record<string, string | undefined>,
): Promise<LoadedConfig> {
  const path = join(runDirectory, runFiles.config)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new InsideLLMsError(
      'not_found',
      `${runDirectory} has no ${runFiles.config}, so nobody can say what to run again. Only runs of insideLLMs for TypeScript can be reproduced.`,
      { cause: error },
    )
  }
  if (ask && text.includes('[redacted]'))
    throw new InsideLLMsError(
      'config',
      `${path} has [redacted] in place of a secret that stood in the config itself, so its models cannot be asked. Write \${VARIABLE} there, set that variable, and try again; or leave ask out to replay.`,
    )
  return loadConfig(path, { environment, asks: ask })
}
