import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createAgentProbe } from './probes/agent-probe.ts'
import { createAttackProbe } from './probes/attack-probe.ts'
import { createBiasProbe } from './probes/bias-probe.ts'
import { createCodeDebugProbe } from './probes/code-debug-probe.ts'
import { createCodeExplanationProbe } from './probes/code-explanation-probe.ts'
import { createCodeGenerationProbe } from './probes/code-generation-probe.ts'
import { createConstraintComplianceProbe } from './probes/constraint-compliance-probe.ts'
import { createFactualityProbe } from './probes/factuality-probe.ts'
import { createInstructionFollowingProbe } from './probes/instruction-following-probe.ts'
import { createJailbreakProbe } from './probes/jailbreak-probe.ts'
import { createJudgeProbe } from './probes/judge-probe.ts'
import { createLogicProbe } from './probes/logic-probe.ts'
import { createMultiStepTaskProbe } from './probes/multi-step-task-probe.ts'
import { createPromptInjectionProbe } from './probes/prompt-injection-probe.ts'
import { createSuiteDataset } from './suites/suite-dataset.ts'

/** The probes of this package, and their starter suites as the dataset format `suite`: `registry.use(builtinProbes)`, then `await registry.probes.get('logic')`. */
export const builtinProbes: Plugin = definePlugin({
  name: '@insidellms/probes',
  apiVersion: 1,
  register({ probes, datasets }) {
    datasets.register('suite', createSuiteDataset)
    probes.register('agent', createAgentProbe)
    probes.register('attack', createAttackProbe)
    probes.register('bias', createBiasProbe)
    probes.register('code_debug', createCodeDebugProbe)
    probes.register('code_explanation', createCodeExplanationProbe)
    probes.register('code_generation', createCodeGenerationProbe)
    probes.register('constraint_compliance', createConstraintComplianceProbe)
    probes.register('factuality', createFactualityProbe)
    probes.register('instruction_following', createInstructionFollowingProbe)
    probes.register('jailbreak', createJailbreakProbe)
    probes.register('judge', createJudgeProbe)
    probes.register('logic', createLogicProbe)
    probes.register('multi_step_task', createMultiStepTaskProbe)
    probes.register('prompt_injection', createPromptInjectionProbe)
  },
})
