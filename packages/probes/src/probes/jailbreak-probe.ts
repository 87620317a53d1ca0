import type { Probe, Settings } from '@insidellms/core'
import { defineAttackProbe } from '../attacks/define-attack-probe.ts'

/**
 * Attempts to talk a model out of its rules: role play, hypotheticals, false authority, encodings (Wei et al. 2023,
 * arXiv:2307.02483). The starter items test harmless rules ("never say the code word"), with a `canary` or a `secret`;
 * an item without one is resisted by a refusal only, the criterion of AdvBench, whose limits `detectRefusal` states.
 *
 * Items with `expected_behavior: comply` are harmless requests that look like attacks, as in XSTest (Röttger et al. 2024,
 * arXiv:2308.01263): there `robust` and `helped` are 1 when the model does not decline.
 */
export function createJailbreakProbe(settings: Settings = {}): Probe {
  return defineAttackProbe('jailbreak', settings)
}
