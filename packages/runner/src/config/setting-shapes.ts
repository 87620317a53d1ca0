import type { $ZodType } from 'zod/v4/core'
import { generationSchema, judgesSchema } from './config-schema.ts'
import type { ConfigPath } from './config-text.ts'

/** What is known of the settings under `args`: a model's can be options of its calls, a probe's can name judges. */
export function settingShapes(path: ConfigPath): Record<string, $ZodType> {
  const owner = path.findLast((segment, index) => typeof segment === 'string' && index < path.length - 1)
  if (owner === 'probe' || owner === 'probes') return judgeSettings
  return owner === 'dataset' ? {} : generationSchema.shape
}

const judgeSettings: Record<string, $ZodType> = { judge: judgesSchema, judgeOptions: generationSchema }
