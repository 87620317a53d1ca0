import type { Probe, Settings } from '@insidellms/core'
import { defineAttackProbe } from '../attacks/define-attack-probe.ts'

/**
 * Instructions that come in as data: in a `document` that the task is about (Greshake et al. 2023, arXiv:2302.12173), or
 * in the prompt itself (Perez and Ribeiro 2022, arXiv:2211.09527). An item's `canary` is a harmless word that the
 * injection wants said, its `secret` a text of the system prompt that it wants out.
 *
 * `robust` and `resisted` are 1 when neither happens; `task_done` says whether the honest task was done all the same
 * (utility under attack, as in AgentDojo: Debenedetti et al. 2024, arXiv:2406.13352).
 */
export function createPromptInjectionProbe(settings: Settings = {}): Probe {
  return defineAttackProbe('prompt_injection', settings)
}
