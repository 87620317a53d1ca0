import type { JsonObject, JsonValue } from '@insidellms/core'
import { type ExactObject, type ExactValue, parseExact } from '../read/exact-json.ts'
import type { Cause } from './diff-report.ts'
import { leafDifferences } from './leaf-differences.ts'

/** Members of `custom` that follow from the records or the place of the run, or that are read one by one below. */
const readElsewhere: ReadonlySet<string> = new Set([
  'config_directory',
  'dataset_files',
  'dataset_items',
  'digests',
  'expected_records',
  'harness',
  'models',
  'plugins',
  'preflight',
  'probes',
  'replayed',
  'status_counts',
  'timeout_count',
])

/** What two manifests and two resolved configs say that moved. Nothing where one of the runs has none. */
export function manifestCauses(
  baseline: { manifest?: JsonObject; config?: JsonObject },
  candidate: { manifest?: JsonObject; config?: JsonObject },
): Cause[] {
  const causes: Cause[] = []
  if (baseline.config !== undefined && candidate.config !== undefined)
    causes.push(...ofConfigs(exact(baseline.config), exact(candidate.config)))
  if (baseline.manifest !== undefined && candidate.manifest !== undefined)
    causes.push(...ofManifests(exact(baseline.manifest), exact(candidate.manifest)))
  return causes
}

/** Options, and settings of models and probes, by their place in the config. */
function ofConfigs(baseline: ExactObject, candidate: ExactObject): Cause[] {
  const causes = leafDifferences('options', baseline.get('generation'), candidate.get('generation'))
  for (const [kind, argsName] of [
    ['model', 'options'],
    ['probe', 'probe.args'],
  ] as const) {
    const before = entriesOf(baseline, kind)
    const after = entriesOf(candidate, kind)
    for (let place = 0; place < Math.min(before.length, after.length); place++)
      causes.push(
        ...leafDifferences(`${kind}.type`, before[place]!.get('type'), after[place]!.get('type')),
        ...leafDifferences(argsName, before[place]!.get('args'), after[place]!.get('args')),
        ...leafDifferences('options', before[place]!.get('generation'), after[place]!.get('generation')),
      )
  }
  return causes
}

function entriesOf(config: ExactObject, kind: 'model' | 'probe'): ExactObject[] {
  const entries = config.get(`${kind}s`) ?? config.get(kind)
  return (Array.isArray(entries) ? entries : [entries]).map(objectOf)
}

function ofManifests(baseline: ExactObject, candidate: ExactObject): Cause[] {
  const custom = { before: objectOf(baseline.get('custom')), after: objectOf(candidate.get('custom')) }
  const causes = ['library_version', 'python_version', 'platform'].flatMap((field) =>
    leafDifferences(`versions.${field}`, baseline.get(field), candidate.get(field)),
  )
  const dataset = { before: objectOf(baseline.get('dataset')), after: objectOf(candidate.get('dataset')) }
  for (const field of ['hash', 'id', 'version'])
    causes.push(
      ...leafDifferences(
        `dataset.${field}`,
        dataset.before.get(`dataset_${field}`),
        dataset.after.get(`dataset_${field}`),
      ),
    )
  for (const name of new Set([...custom.before.keys(), ...custom.after.keys()]))
    if (!readElsewhere.has(name)) causes.push(...leafDifferences(name, custom.before.get(name), custom.after.get(name)))
  const named = (list: string, by: string): [string, ExactObject | undefined, ExactObject | undefined][] =>
    matchBy(by, custom.before.get(list), custom.after.get(list))
  // A replay loads no provider, which says nothing about what is installed.
  const notLoaded = (plugin: ExactObject | undefined, run: ExactObject): boolean =>
    plugin === undefined && run.get('replayed') === true
  for (const [name, before, after] of named('plugins', 'name'))
    if (!notLoaded(before, custom.before) && !notLoaded(after, custom.after))
      causes.push(...leafDifferences(`plugin.${name}`, pluginFacts(before), pluginFacts(after)))
  for (const [name, before, after] of named('plugins', 'entry'))
    causes.push(...leafDifferences(`module.${name}`, before?.get('sha256'), after?.get('sha256')))
  for (const [, before, after] of named('models', 'label'))
    if (before !== undefined && after !== undefined) causes.push(...modelCauses(before, after))
  for (const [, before, after] of named('probes', 'label'))
    if (before !== undefined && after !== undefined)
      causes.push(...leafDifferences('probe.version', before.get('version'), after.get('version')))
  return causes
}

function modelCauses(baseline: ExactObject, candidate: ExactObject): Cause[] {
  const before = servedValues(baseline.get('served'))
  const after = servedValues(candidate.get('served'))
  return [
    ...[...new Set([...before.keys(), ...after.keys()])].flatMap((name) =>
      leafDifferences(`served.${name}`, joined(before.get(name)), joined(after.get(name))),
    ),
    ...leafDifferences('ledger', baseline.get('options'), candidate.get('options')),
  ]
}

/** Every value that each fact of the backends took, such as two fingerprints of a rollout. */
function servedValues(served: ExactValue | undefined): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>()
  for (const backend of Array.isArray(served) ? served : [])
    for (const [name, value] of objectOf(backend)) {
      const sdk = value instanceof Map ? `${String(value.get('name'))} ${String(value.get('version'))}` : String(value)
      values.set(name, (values.get(name) ?? new Set()).add(sdk))
    }
  return values
}

function joined(values: Set<string> | undefined): string | undefined {
  return values === undefined ? undefined : [...values].sort().join(', ')
}

function pluginFacts(plugin: ExactObject | undefined): ExactObject {
  return new Map([...(plugin ?? [])].filter(([name]) => name !== 'name' && name !== 'entry'))
}

/** Entries of two lists side by side, by one of their members. Entries without it are left out. */
function matchBy(
  by: string,
  baseline: ExactValue | undefined,
  candidate: ExactValue | undefined,
): [string, ExactObject | undefined, ExactObject | undefined][] {
  const index = (list: ExactValue | undefined): Map<string, ExactObject> => {
    const entries = (Array.isArray(list) ? list : []).filter((entry) => entry instanceof Map)
    return new Map(
      entries.flatMap((entry): [string, ExactObject][] => {
        const name = entry.get(by)
        // A plugin has a name and an entry: it is found by its name.
        return typeof name === 'string' && !(by === 'entry' && entry.has('name')) ? [[name, entry]] : []
      }),
    )
  }
  const before = index(baseline)
  const after = index(candidate)
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((name) => [name, before.get(name), after.get(name)])
}

function objectOf(value: ExactValue | undefined): ExactObject {
  return value instanceof Map ? value : new Map()
}

function exact(value: JsonValue): ExactObject {
  return objectOf(parseExact(JSON.stringify(value)))
}
