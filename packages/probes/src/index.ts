export { builtinProbes } from './builtin-probes.ts'
export { createFactualityProbe } from './probes/factuality-probe.ts'
export { createInstructionFollowingProbe } from './probes/instruction-following-probe.ts'
export { createLogicProbe } from './probes/logic-probe.ts'
export { scoreExact } from './scorers/exact.ts'
export { scoreIncludes } from './scorers/includes.ts'
export { scoreJsonSchema } from './scorers/json-schema.ts'
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
