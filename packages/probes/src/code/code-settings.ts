import type { Settings } from '@insidellms/core'
import { checkSettings, InsideLLMsError } from '@insidellms/core/driver'
import type { CodeLimits } from './run-code.ts'

export interface CodeSettings extends CodeLimits {
  language: string
  execute: boolean
}

/** @throws {InsideLLMsError} `config` */
export function readCodeSettings(probe: string, settings: Settings): CodeSettings {
  checkSettings(probe, settings, ['language', 'execute', 'timeoutMs', 'memoryMb', 'python'])
  const { language = 'python', execute = false, timeoutMs = 10_000, memoryMb = 512, python = 'python3' } = settings
  const wrong = (what: string): InsideLLMsError => new InsideLLMsError('config', `${probe}: ${what}.`)
  if (typeof language !== 'string' || language === '') throw wrong('language must be a text, such as "python"')
  if (typeof execute !== 'boolean') throw wrong('execute must be true or false')
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 100)) throw wrong('timeoutMs must be 100 or more')
  if (typeof memoryMb !== 'number' || !(memoryMb >= 128)) throw wrong('memoryMb must be 128 or more')
  if (typeof python !== 'string' || python === '') throw wrong('python must be the command of an interpreter')
  return { language, execute, timeoutMs, memoryMb, python }
}
