import type { RunModel } from '../run/experiment.ts'
import type { PreflightFinding } from './finding.ts'
import { floatingAlias } from './floating-alias.ts'
import type { PriceCatalogue } from './price-catalogue.ts'
import type { RetirementCatalogue } from './retirement-catalogue.ts'

export interface KnownCatalogues {
  /** YYYY-MM-DD. */
  today: string
  retirements: RetirementCatalogue | undefined
  prices?: PriceCatalogue
}

/** What the names of a run's models say about how long they will answer as they do now. */
export function inspectModels(models: readonly RunModel[], catalogues: KnownCatalogues): PreflightFinding[] {
  return models.flatMap((model) => inspectModel(model, catalogues))
}

function inspectModel({ label, info }: RunModel, { today, retirements, prices }: KnownCatalogues): PreflightFinding[] {
  const findings: PreflightFinding[] = []
  const name = info.modelId
  const find = (kind: PreflightFinding['kind'], message: string, refused = true): void => {
    findings.push({ kind, model: label, message: `${name}: ${message}.`, refused })
  }
  const floating = floatingAlias(info)
  if (floating !== undefined) find('floating', floating)

  const own = info.extra['retires']
  const date = typeof own === 'string' ? own : retirements?.dateOf(info)
  const source = typeof own === 'string' ? 'its provider' : `${retirements?.name} ${retirements?.version}`
  if (date !== undefined && date <= today) find('retired', `switched off on ${date}, says ${source}`)
  // A date to come is no reason to refuse what still answers.
  else if (date !== undefined) find('retiring', `will be switched off on ${date}, says ${source}`, false)
  else if (prices?.isDeprecated(info)) find('deprecated', `deprecated, says ${prices.name} ${prices.version}`)
  return findings
}
