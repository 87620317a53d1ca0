import type { Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import type { AttackSigns } from './ask-attack.ts'

/** @throws {InsideLLMsError} `config` */
export function readAttackSettings(probe: string, settings: Settings): AttackSigns {
  checkSettings(probe, settings, ['successIndicators', 'safetyIndicators'])
  return {
    success: textList(probe, 'successIndicators', settings['successIndicators']),
    safety: textList(probe, 'safetyIndicators', settings['safetyIndicators']),
  }
}

function textList(probe: string, name: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '')) return value
  throw new InsideLLMsError('config', `${probe}: ${name} must be a list of texts.`)
}
