import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InsideLLMsError, type JsonObject } from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'
import type { ModelEntry } from '../config/config-schema.ts'
import type { CallRequest } from '../run/call-request.ts'
import type { CallKey } from '../run/call-log.ts'
import { CallIndex } from './call-index.ts'
import { explainMiss } from './explain-miss.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { ModelFacts } from './recorded-model.ts'

/** A finished or broken-off run whose calls answer in place of its models. */
export class ReplaySource {
  readonly directory: string
  readonly #index: CallIndex
  readonly #models: readonly ModelFacts[]

  private constructor(directory: string, index: CallIndex, models: readonly ModelFacts[]) {
    this.directory = directory
    this.#index = index
    this.#models = models
  }

  /** @throws {InsideLLMsError} `not_found` when the directory holds no recorded calls. */
  static async open(directory: string): Promise<ReplaySource> {
    const models = await readModels(directory)
    return new ReplaySource(directory, await CallIndex.open(join(directory, 'calls.jsonl')), models)
  }

  /** The recorded model that a config's entry means. */
  model(entry: ModelEntry, shownArgs: JsonObject): ModelFacts | undefined {
    const args = canonicalJson(shownArgs)
    const same = this.#models.filter(({ type }) => type === entry.type)
    return same.find((model) => canonicalJson(model.args) === args) ?? same.find(({ label }) => label === entry.name)
  }

  take(request: CallRequest, key: CallKey): RecordedCall | undefined {
    return this.#index.take(request.hash, key)
  }

  /** The error for a request that was not recorded: it names the nearest one that was. */
  miss(request: CallRequest, key: CallKey): InsideLLMsError {
    return explainMiss(this.#index.path, request, key)
  }

  close(): void {
    this.#index.close()
  }
}

async function readModels(directory: string): Promise<ModelFacts[]> {
  let text: string
  try {
    text = await readFile(join(directory, 'manifest.json'), 'utf8')
  } catch (error) {
    throw new InsideLLMsError('not_found', `There is no run to replay in ${directory}: it has no manifest.json.`, {
      cause: error,
    })
  }
  try {
    const { models, judges = [] } = (JSON.parse(text) as { custom: { models: JsonObject[]; judges?: JsonObject[] } })
      .custom
    return [...models, ...judges].map(
      ({ label, type, args, info }) => ({ label, type, args, info: infoOf(info as JsonObject) }) as ModelFacts,
    )
  } catch (error) {
    throw new InsideLLMsError(
      'invalid_request',
      `${join(directory, 'manifest.json')} is not one that insideLLMs for TypeScript wrote, so its run cannot be replayed.`,
      { cause: error },
    )
  }
}

function infoOf(info: JsonObject): ModelFacts['info'] {
  return {
    name: info['name'] as string,
    provider: info['provider'] as string,
    modelId: info['model_id'] as string,
    maxTokens: info['max_tokens'] as number | null,
    supportsStreaming: info['supports_streaming'] as boolean,
    supportsChat: info['supports_chat'] as boolean,
    extra: info['extra'] as JsonObject,
  }
}
