import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createAttackProbe } from './probes/attack-probe.ts'
import { createFactualityProbe } from './probes/factuality-probe.ts'
import { createInstructionFollowingProbe } from './probes/instruction-following-probe.ts'
import { createJailbreakProbe } from './probes/jailbreak-probe.ts'
import { createLogicProbe } from './probes/logic-probe.ts'
import { createPromptInjectionProbe } from './probes/prompt-injection-probe.ts'

/** The probes of this package: `registry.use(builtinProbes)`, then `await registry.probes.get('logic')`. */
export const builtinProbes: Plugin = definePlugin({
  name: '@insidellms/probes',
  apiVersion: 1,
  register({ probes }) {
    probes.register('attack', createAttackProbe)
    probes.register('factuality', createFactualityProbe)
    probes.register('instruction_following', createInstructionFollowingProbe)
    probes.register('jailbreak', createJailbreakProbe)
    probes.register('logic', createLogicProbe)
    probes.register('prompt_injection', createPromptInjectionProbe)
  },
})
