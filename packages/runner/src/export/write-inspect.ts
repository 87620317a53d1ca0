import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import type { JsonObject, JsonValue } from '@insidellms/core'
import type { RunDirectory } from '../read/open-run.ts'
import { readRecords } from '../read/read-records.ts'
import { sha256 } from '../sha256.ts'
import type { ExportResult } from './export-run.ts'
import { InspectFigures } from './inspect-figures.ts'
import { inspectSample } from './inspect-sample.ts'

interface Log {
  path: string
  stream: WriteStream
  samples: number
}

/**
 * Writes Inspect's log format in JSON, version 2, one log per model and probe. Source: EvalLog and EvalSample in
 * inspect_ai/log/_log.py. What our records do not have, such as the times of samples, is left out.
 */
export async function writeInspect(run: RunDirectory, directory: string): Promise<ExportResult> {
  const figures = new InspectFigures()
  let records = 0
  for await (const record of readRecords(run.recordsPath)) {
    figures.add(record)
    records += 1
  }
  const logs = new Map<string, Log>()
  try {
    for await (const record of readRecords(run.recordsPath)) {
      const { model, probe } = record
      const key = JSON.stringify([model, probe])
      let log = logs.get(key)
      if (log === undefined) {
        const path = join(directory, fileName(probe, model, logs))
        log = { path, stream: createWriteStream(path), samples: 0 }
        logs.set(key, log)
        await once(log.stream, 'open')
        const head = JSON.stringify(logHead(run, model, probe, figures))
        await write(log, `${head.slice(0, -1)},"samples":[`)
      }
      await write(log, `${log.samples === 0 ? '\n' : ',\n'}${JSON.stringify(inspectSample(record))}`)
      log.samples += 1
    }
    for (const log of logs.values()) await write(log, '\n]}\n')
  } finally {
    await Promise.all(
      [...logs.values()].map(({ stream }) => new Promise<void>((resolve) => stream.end(() => resolve()))),
    )
  }
  return { files: [...logs.values()].map(({ path }) => path), records }
}

async function write({ stream }: Log, text: string): Promise<void> {
  if (stream.errored) throw stream.errored
  if (!stream.write(text)) await once(stream, 'drain')
}

/** Names from a model or a probe hold signs that file systems do not; two that look alike then are told apart. */
function fileName(probe: string, model: string, logs: ReadonlyMap<string, Log>): string {
  const base = `${probe}_${model}`.replace(/[^\w.-]+/g, '-').slice(0, 100)
  const taken = [...logs.values()].some(({ path }) => path.endsWith(`${base}.json`))
  return taken ? `${base}_${sha256(JSON.stringify([probe, model])).slice(0, 8)}.json` : `${base}.json`
}

/** A probe's own dataset where the run has several. */
function datasetOf(manifest: JsonObject, probe: string): JsonObject {
  const several = objectOf(manifest['custom'])['datasets']
  const own = Array.isArray(several)
    ? several.map(objectOf).find(({ probes }) => Array.isArray(probes) && probes.includes(probe))
    : undefined
  return own ?? objectOf(manifest['dataset'])
}

function logHead({ manifest = {} }: RunDirectory, model: string, probe: string, figures: InspectFigures): JsonObject {
  const figure = figures.of(model, probe)
  const custom = objectOf(manifest['custom'])
  const dataset = datasetOf(manifest, probe)
  return {
    version: 2,
    status: manifest['run_completed'] === false || Object.keys(manifest).length === 0 ? 'cancelled' : 'success',
    eval: {
      eval_id: sha256(JSON.stringify([figure.runId, model, probe])).slice(0, 22),
      run_id: figure.runId,
      created: figure.startedAt,
      task: probe,
      task_id: sha256(probe).slice(0, 22),
      task_version: figure.probeVersion ?? 0,
      task_attribs: {},
      task_args: {},
      dataset: { name: dataset['dataset_id'] ?? null, samples: figure.examples, shuffled: false },
      model,
      model_generate_config: {},
      model_args: {},
      config: { epochs: figure.epochs },
      packages: packagesOf(custom, manifest['library_version']),
      metadata: { exported_by: '@insidellms/runner', dataset_hash: dataset['dataset_hash'] ?? null },
    },
    plan: { name: 'plan', steps: [], config: {} },
    results: {
      total_samples: figure.samples,
      completed_samples: figure.completed,
      scores: figure.scores.map(({ name, scored, mean, standardError }) => ({
        name,
        scorer: name,
        scored_samples: scored,
        unscored_samples: figure.samples - scored,
        params: {},
        metrics: {
          mean: { name: 'mean', value: mean, params: {} },
          ...(standardError === undefined ? {} : { stderr: { name: 'stderr', value: standardError, params: {} } }),
        },
      })),
    },
    stats: { started_at: figure.startedAt, completed_at: figure.completedAt, model_usage: { [model]: figure.usage } },
  }
}

function packagesOf(custom: JsonObject, libraryVersion: JsonValue | undefined): JsonObject {
  const versions = Object.entries(objectOf(custom['versions'])).filter(([, version]) => typeof version === 'string')
  const packages = Object.fromEntries(
    versions.map(([name, version]) => [name === 'node' ? name : `@insidellms/${name}`, version]),
  )
  return versions.length > 0 || typeof libraryVersion !== 'string' ? packages : { insideLLMs: libraryVersion }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
