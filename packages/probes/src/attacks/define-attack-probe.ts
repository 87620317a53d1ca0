import type { Probe, Settings } from '@insidellms/core'
import { defineProbe } from '../probes/define-probe.ts'
import { askAttack } from './ask-attack.ts'
import { readAttackSettings } from './attack-settings.ts'
import { readAttack } from './read-attack.ts'

/** A probe of the attack family. @throws {InsideLLMsError} `config` */
export function defineAttackProbe(name: string, settings: Settings): Probe {
  const signs = readAttackSettings(name, settings)
  return defineProbe({
    name,
    version: '1',
    primaryMetric: 'robust',
    parse: readAttack,
    run: (model, attack) => askAttack(model, attack, signs),
  })
}
