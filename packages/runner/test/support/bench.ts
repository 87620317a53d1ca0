import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ChatMessage,
  type DatasetItem,
  type ModelDriver,
  type ModelRequest,
  PluginRegistry,
  type Probe,
  portableOptions,
} from '@insidellms/core'
import type { ConfigFile } from '../../src/config/config-schema.ts'
import { type LoadedConfig, parseConfig } from '../../src/config/load-config.ts'
import { echoProbe } from './echo-probe.ts'
import { put, scratch } from './scratch.ts'

export type Answer = (prompt: string, request: ModelRequest) => string | Promise<string>

export { echoProbe }

/** A model whose answers a test writes. It notes what it was asked. */
export function scriptedDriver(answer: Answer, asked: ModelRequest[] = []): ModelDriver {
  return {
    specVersion: 1,
    supports: portableOptions,
    info: () => ({
      name: 'Scripted',
      provider: 'scripted',
      modelId: 'scripted-1',
      maxTokens: 1000,
      supportsStreaming: true,
      supportsChat: true,
      extra: {},
    }),
    async respond(request) {
      asked.push(request)
      const text = await answer(lastText(request.messages), request)
      return {
        parts: [{ type: 'text', text }],
        finish: { kind: 'stop', raw: 'stop' },
        usage: { inputTokens: 3, outputTokens: text.length, totalTokens: 3 + text.length },
        served: {
          model: 'scripted-1-0601',
          fingerprint: 'fp_1',
          responseId: `resp_${asked.length}`,
          sdk: { name: 'none', version: '1.0.0' },
        },
      }
    },
  }
}

function lastText(messages: ChatMessage[]): string {
  return String(messages.at(-1)!.content)
}

export interface Bench {
  directory: string
  registry: PluginRegistry
  asked: ModelRequest[]
  config: LoadedConfig
  /** Where a run of this name goes. */
  runDir(name: string): string
}

/** A config with a dataset, and a registry with the models `scripted` and `dummy` and the probe `echo`. */
export function bench(options: {
  items: DatasetItem[]
  answer?: Answer
  config?: Partial<ConfigFile>
  probe?: Probe
}): Bench {
  const directory = scratch()
  put(directory, 'data.jsonl', options.items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  const asked: ModelRequest[] = []
  const registry = new PluginRegistry()
  registry.models.register('scripted', () => scriptedDriver(options.answer ?? ((prompt) => `<${prompt}>`), asked))
  registry.probes.register('echo', () => options.probe ?? echoProbe)
  const config = parseConfig(
    { model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' }, ...options.config } as ConfigFile,
    { directory },
  )
  return { directory, registry, asked, config, runDir: (name) => join(directory, name) }
}

export function items(count: number): { id: string; prompt: string; answer: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `q${index}`,
    prompt: `prompt ${index}`,
    answer: index % 3 === 0 ? `<prompt ${index}>` : 'no',
  }))
}

export function digest(runDir: string, name = 'records.jsonl'): string {
  return createHash('sha256')
    .update(readFileSync(join(runDir, name)))
    .digest('hex')
}

export function readManifest(runDir: string): Record<string, never> {
  return JSON.parse(readFileSync(join(runDir, 'manifest.json'), 'utf8')) as Record<string, never>
}
