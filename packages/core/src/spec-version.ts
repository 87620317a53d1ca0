import { coreVersion } from './core-version.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { ModelDriver } from './model-driver.ts'

/** Versions of the driver contract that this core accepts: the current one, and the one before it once there is one. */
const accepted: readonly number[] = [1]

/** @throws {InsideLLMsError} `incompatible`, or `config` when it is no driver at all. */
export function checkSpecVersion(driver: ModelDriver): void {
  if (typeof driver?.respond !== 'function' || typeof driver.info !== 'function' || !Array.isArray(driver.supports))
    throw new InsideLLMsError(
      'config',
      'This is no ModelDriver: it needs specVersion, supports, info() and respond(). See the guide for provider authors.',
    )
  if (accepted.includes(driver.specVersion)) return
  const { provider, modelId } = driver.info()
  throw new InsideLLMsError(
    'incompatible',
    `The driver of ${provider} has specVersion ${driver.specVersion}; @insidellms/core ${coreVersion} accepts ${accepted.join(', ')}. Install versions of both with the same major number.`,
    { provider, modelId },
  )
}
