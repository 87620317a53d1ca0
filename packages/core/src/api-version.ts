import { coreVersion } from './core-version.ts'

/** Versions of the plugin hook that this core accepts: the current one, and the one before it once there is one. */
const accepted: readonly number[] = [1]

/** What is wrong with a plugin's `apiVersion`, and what to do; undefined when it is accepted. */
export function apiVersionProblem(name: string, version: string | undefined, apiVersion: unknown): string | undefined {
  if (accepted.includes(apiVersion as number)) return undefined
  const who = version === undefined ? name : `${name} ${version}`
  if (!Number.isSafeInteger(apiVersion))
    return `${who}: apiVersion must be a whole number such as ${accepted.at(-1)}; it is ${JSON.stringify(apiVersion)}.`
  const advice =
    (apiVersion as number) > Math.max(...accepted)
      ? `Upgrade @insidellms/core, or pin ${name} to a version for plugin API ${accepted.at(-1)}`
      : `Upgrade ${name}, or pin @insidellms/core@${apiVersion as number}`
  return `${who} needs plugin API ${apiVersion as number}; @insidellms/core ${coreVersion} supports ${accepted.join(', ')}. ${advice}.`
}
