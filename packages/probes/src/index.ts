export type { AnswerKind } from './answers/answer-kind.ts'
export { extractChoice, type ExtractedChoice } from './answers/extract-choice.ts'
export { extractFinalAnswer, type FinalAnswer } from './answers/extract-final-answer.ts'
export { detectRefusal, type Refusal } from './attacks/detect-refusal.ts'
export { builtinProbes } from './builtin-probes.ts'
export { createAgentProbe } from './probes/agent-probe.ts'
export { createAttackProbe } from './probes/attack-probe.ts'
export { createBiasProbe } from './probes/bias-probe.ts'
export { createCodeDebugProbe } from './probes/code-debug-probe.ts'
export { createCodeExplanationProbe } from './probes/code-explanation-probe.ts'
export { createCodeGenerationProbe } from './probes/code-generation-probe.ts'
export { createConstraintComplianceProbe } from './probes/constraint-compliance-probe.ts'
export { createFactualityProbe } from './probes/factuality-probe.ts'
export { createInstructionFollowingProbe } from './probes/instruction-following-probe.ts'
export { createJailbreakProbe } from './probes/jailbreak-probe.ts'
export { createJudgeProbe } from './probes/judge-probe.ts'
export { createLogicProbe } from './probes/logic-probe.ts'
export { createMultiStepTaskProbe } from './probes/multi-step-task-probe.ts'
export { createPromptInjectionProbe } from './probes/prompt-injection-probe.ts'
export { scoreExact } from './scorers/exact.ts'
export { scoreIncludes } from './scorers/includes.ts'
export { scoreJsonSchema } from './scorers/json-schema.ts'
export {
  type Judgement,
  type ModelGradedOptions,
  type ModelGradedScore,
  scoreModelGraded,
} from './scorers/model-graded.ts'
export {
  type ChoiceProbabilities,
  scoreMultipleChoice,
  scoreMultipleChoiceByLogprob,
} from './scorers/multiple-choice.ts'
export { normalizeText } from './scorers/normalize-text.ts'
export { scoreNormalized } from './scorers/normalized.ts'
export { type NumericOptions, scoreNumeric } from './scorers/numeric.ts'
export { scoreRegex } from './scorers/regex.ts'
export type { Score } from './scorers/score.ts'
export { scoreTokenF1 } from './scorers/token-f1.ts'
