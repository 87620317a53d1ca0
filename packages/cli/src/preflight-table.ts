import {
  type CatalogueFacts,
  type ModelPlan,
  type PreflightFinding,
  type PreflightReport,
  visibleText,
} from '@insidellms/runner'
import { table } from './table.ts'

/** What a run would ask of each model, what speaks against it, and where the figures come from. */
export function preflightTable({ records, models, findings, catalogues, today }: PreflightReport): string {
  const head = ['model', 'calls', 'input tokens', 'output tokens', 'US dollars', 'longest prompt', 'window']
  const lines = [
    `${records} ${records === 1 ? 'record' : 'records'}; nobody was asked.`,
    '',
    table([head, ...models.map(row), ...total(models)]).trimEnd(),
    '',
    ...findings.map(findingLine),
    ...(findings.length === 0 ? [] : ['']),
    'Each probe ran on some of the items with made-up answers: one that asks on may ask more.',
    ...(models.some(({ estimated }) => estimated) ? ['Tokens marked ~ are estimated at 4 bytes each.'] : []),
    `Prices: ${describe(catalogues.prices, today)}.`,
    catalogues.retirements === undefined
      ? 'Dates of retirement: none known; add @llmgateway/models to the project to have them looked up.'
      : `Dates of retirement: ${describe(catalogues.retirements, today)}.`,
  ]
  return `${lines.join('\n')}\n`
}

/** A strict run is refused for a warning, and not for a note. */
export function findingLine({ message, refused }: PreflightFinding): string {
  return `${refused ? 'Warning' : 'Note'}: ${visibleText(message)}`
}

function row(plan: ModelPlan): string[] {
  const { label, calls, sameForAll, inputTokens, estimated, outputAtMost, longest, window } = plan
  const guess = estimated ? '~' : ''
  return [
    visibleText(label),
    calls === undefined ? 'unknown' : `${sameForAll ? '' : '~'}${count(calls)}`,
    inputTokens === undefined ? 'unknown' : `${guess}${count(inputTokens)}`,
    outputAtMost === undefined ? 'no limit' : `up to ${count(outputAtMost)}`,
    dollars(plan.cost),
    longest === undefined ? 'unknown' : `${longest.estimated ? '~' : ''}${count(longest.inputTokens)}`,
    window === null ? 'unknown' : count(window),
  ]
}

/** One model needs no sum, and what is unknown has none. */
function total(models: readonly ModelPlan[]): string[][] {
  if (models.length < 2) return []
  const costs = models.map(({ cost }) => cost)
  const known = costs.every((cost) => cost !== undefined)
  const sum = known
    ? {
        prompts: costs.reduce((all, { prompts }) => all + prompts, 0),
        ...(costs.every(({ atMost }) => atMost !== undefined) && {
          atMost: costs.reduce((all, { atMost = 0 }) => all + atMost, 0),
        }),
      }
    : undefined
  const calls = models.every((model) => model.calls !== undefined)
    ? count(models.reduce((all, model) => all + model.calls!, 0))
    : 'unknown'
  return [['all', calls, '', '', dollars(sum), '', '']]
}

function dollars(cost: ModelPlan['cost']): string {
  if (cost === undefined) return 'unknown'
  return cost.atMost === undefined ? `${money(cost.prompts)} and the answers` : `up to ${money(cost.atMost)}`
}

function money(amount: number): string {
  return amount < 0.01 ? amount.toPrecision(2) : amount.toFixed(2)
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

function describe({ name, version, newest }: CatalogueFacts, today: string): string {
  if (newest === undefined) return `${name} ${version}, of unknown age`
  const days = Math.round((Date.parse(today) - Date.parse(newest)) / 86_400_000)
  return `${name} ${version}, whose newest date is ${newest}, ${days} ${days === 1 ? 'day' : 'days'} ago`
}
