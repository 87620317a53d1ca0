import type { ChatMessage } from './chat-message.ts'
import { delay } from './delay.ts'
import { DriverModel, type ModelSettings } from './driver-model.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { ModelDriver, ModelRequest } from './model-driver.ts'
import { portableOptions } from './portable-options.ts'
import { splitModelSettings } from './split-model-settings.ts'

export interface DummySettings {
  /** The model id. Default: `dummy`. */
  modelName?: string
  /** What to answer: a text, a list to go round in, or a function of the last user text. Default: echo that text. */
  response?: string | string[] | ((prompt: string, messages: ChatMessage[]) => string | Promise<string>)
  /** Milliseconds before the answer. Default: 0. */
  delayMs?: number
}

/** A model without a network, for tests and dry runs: the same input gives the same answer. */
export class DummyModel extends DriverModel {
  constructor(settings: DummySettings & ModelSettings = {}) {
    const { driver, model } = splitModelSettings<DummySettings>(settings)
    super(createDummyDriver(driver), model)
  }
}

/** @throws {InsideLLMsError} `config` for a response that is no text, no list of texts and no function. */
export function createDummyDriver(settings: DummySettings = {}): ModelDriver {
  const { modelName = 'dummy', response, delayMs = 0 } = settings
  if (!isResponse(response))
    throw new InsideLLMsError(
      'config',
      `response must be a text, a list of at least one text, or a function; it is ${JSON.stringify(response)}.`,
      { provider: 'dummy' },
    )
  let calls = 0

  const answer = async ({ messages, signal }: ModelRequest): Promise<string> => {
    if (delayMs > 0) await delay(delayMs, signal)
    const prompt = lastUserText(messages)
    if (typeof response === 'function') return response(prompt, messages)
    if (Array.isArray(response)) return response[calls++ % response.length]!
    return response ?? prompt
  }

  const driver: ModelDriver = {
    specVersion: 1,
    supports: portableOptions,
    info: () => ({
      name: modelName,
      provider: 'dummy',
      modelId: modelName,
      maxTokens: null,
      supportsStreaming: true,
      supportsChat: true,
      extra: {},
    }),
    async respond(request) {
      return {
        parts: [{ type: 'text', text: await answer(request) }],
        finish: { kind: 'stop', raw: 'stop' },
        ledger: Object.fromEntries(
          Object.keys(request.options).map((option) => [
            option,
            { status: 'mapped', reason: 'the dummy model accepts every option and answers the same' },
          ]),
        ),
        served: { model: modelName, engine: 'dummy' },
      }
    },
    async *events(request) {
      const whole = await driver.respond(request)
      const [part] = whole.parts
      for (const [piece] of part?.type === 'text' ? part.text.matchAll(/\s*\S+\s*$|\s*\S+|\s+/gu) : [])
        yield { type: 'text', text: piece }
      yield { type: 'finish', response: whole }
    },
  }
  return driver
}

function isResponse(response: unknown): boolean {
  if (Array.isArray(response)) return response.length > 0 && response.every((text) => typeof text === 'string')
  return response === undefined || typeof response === 'string' || typeof response === 'function'
}

function lastUserText(messages: ChatMessage[]): string {
  const message = messages.findLast(({ role }) => role === 'user')
  if (message === undefined) return ''
  if (typeof message.content === 'string') return message.content
  return message.content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('')
}
