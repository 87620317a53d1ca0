import { existsSync } from 'node:fs'
import type { Model } from '@insidellms/core'
import { createRedactor, type Redactor } from '../artifacts/redactor.ts'
import { LineFile } from '../artifacts/line-file.ts'
import { askedModel, ItemCalls } from '../run/item-calls.ts'
import { ItemModel } from '../run/item-model.ts'
import { CallIndex } from './call-index.ts'
import { dropTornLine } from './drop-torn-line.ts'
import { explainMiss } from './explain-miss.ts'

/**
 * - `record`: ask the model, and write a new cassette.
 * - `replay`: answer from the cassette alone; what it does not hold is an error.
 * - `auto`: answer from the cassette, and ask and add what is new.
 */
export type CassetteMode = 'record' | 'replay' | 'auto'

export interface CassetteOptions {
  /** Texts that must not be in the file, beside the environment's keys. */
  secrets?: readonly string[]
}

/**
 * A model whose calls are recorded in a file, or answered from it: real answers in tests, without a network and without
 * a key. The file has the form of a run's calls.jsonl. Each recorded call answers one call. Close the model when done.
 *
 * @example
 * ```ts
 * const model = await withCassette(new OpenAIModel({ modelName: 'gpt-4o' }), 'test/gpt-4o.jsonl', 'auto')
 * ```
 * @throws {InsideLLMsError} `not_found` when there is nothing to replay.
 */
export async function withCassette(
  model: Model,
  path: string,
  mode: CassetteMode,
  options: CassetteOptions = {},
): Promise<Model> {
  if (mode === 'auto' && existsSync(path)) await dropTornLine(path)
  const index = mode === 'replay' || (mode === 'auto' && existsSync(path)) ? await CallIndex.open(path) : undefined
  const file = mode === 'replay' ? undefined : new LineFile(path, mode === 'auto' ? 'append' : 'new')
  return new CassetteModel(model, mode, index, file, createRedactor(options.secrets ?? []))
}

class CassetteModel extends ItemModel {
  readonly #model: Model
  readonly #index: CallIndex | undefined
  readonly #file: LineFile | undefined

  constructor(
    model: Model,
    mode: CassetteMode,
    index: CallIndex | undefined,
    file: LineFile | undefined,
    redact: Redactor,
  ) {
    const info = model.info()
    const calls = new ItemCalls(
      {
        recall(request, key) {
          const call = index?.take(request.hash, key)
          if (call !== undefined) return { call, logged: true }
          if (mode === 'replay') throw explainMiss(index!.path, request, key)
          return undefined
        },
        log(line) {
          file?.append(redact(line))
        },
      },
      { model: info.modelId, probe: '', exampleId: '', itemIndex: 0, repeat: 0 },
    )
    super(calls, askedModel({ label: info.modelId, model, info }, {}))
    this.#model = model
    this.#index = index
    this.#file = file
  }

  override async close(): Promise<void> {
    this.#index?.close()
    this.#file?.close()
    await this.#model.close()
  }
}
