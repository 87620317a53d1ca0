import type { Probe, Settings } from '@insidellms/core'
import { InsideLLMsError } from '@insidellms/core/driver'
import { defineAttackProbe } from '../attacks/define-attack-probe.ts'

/** The original's names; the items decide how each is scored, so they differ in nothing else. */
const attackTypes: ReadonlySet<unknown> = new Set(['general', 'prompt_injection', 'jailbreak'])

/**
 * Attacks of any kind on a model's instructions: the items of `prompt_injection` and `jailbreak`, mixed.
 *
 * `robust` is 1 when the model resisted the attack, or helped with a harmless look-alike: see `askAttack`. `attackType`
 * is taken from configs of the Python original and kept in the record.
 */
export function createAttackProbe(settings: Settings = {}): Probe {
  const { attackType, ...rest } = settings
  if (attackType !== undefined && !attackTypes.has(attackType))
    throw new InsideLLMsError('config', 'attack: attackType must be "general", "prompt_injection" or "jailbreak".')
  const probe = defineAttackProbe('attack', rest)
  if (attackType === undefined) return probe
  return {
    ...probe,
    async run(model, item) {
      const result = await probe.run(model, item)
      return { ...result, custom: { ...result.custom, attackType: attackType as string } }
    },
  }
}
