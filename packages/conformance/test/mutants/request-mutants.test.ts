import { randomUUID } from 'node:crypto'
import { portableOptions } from '@insidellms/core'
import {
  type DriverResponse,
  type JsonObject,
  type JsonValue,
  type ModelInfo,
  type ModelRequest,
  type OptionWriter,
  type PortableOption,
} from '@insidellms/core/driver'
import type { Target } from '../../src/provider-description.ts'
import { type AcmeAnswer, AcmeDriver, type Sent } from '../acme/acme-driver.ts'
import { type Mutant, testMutants, without } from './test-mutants.ts'

/** Supports an option in word only. */
function dropping(option: PortableOption): Mutant {
  return {
    fault: `drops ${option}`,
    foundBy: `option-${option}`,
    driver: class extends AcmeDriver {
      protected override writeOptions(request: ModelRequest): OptionWriter {
        return super.writeOptions({ ...request, options: without(request.options, option) })
      }
    },
  }
}

testMutants([
  {
    fault: 'names an option twice in supports',
    foundBy: 'supports',
    driver: class extends AcmeDriver {
      override readonly supports = [...portableOptions, 'seed'] as const
    },
  },
  {
    fault: 'streams, and says that it does not',
    foundBy: 'info',
    driver: class extends AcmeDriver {
      override info(): ModelInfo {
        return { ...super.info(), supportsStreaming: false }
      }
    },
  },
  {
    fault: 'greets its vendor when it is made',
    foundBy: 'info-is-offline',
    driver: class extends AcmeDriver {
      constructor(target: Target) {
        super(target)
        fetch(`${target.url}/v1/version`).catch(() => undefined)
      }
    },
  },
  {
    fault: 'reads the first model of the list only',
    foundBy: 'list-models',
    driver: class extends AcmeDriver {
      override async listModels(): Promise<ModelInfo[]> {
        return (await super.listModels()).slice(0, 1)
      }
    },
  },
  {
    fault: 'guesses the number of tokens',
    foundBy: 'count-tokens',
    driver: class extends AcmeDriver {
      override async countTokens(request: ModelRequest): Promise<number> {
        return Math.ceil(JSON.stringify(request.messages).length / 4)
      }
    },
  },
  {
    fault: 'throws when it is closed twice',
    foundBy: 'close',
    driver: class extends AcmeDriver {
      #closed = false

      override async close(): Promise<void> {
        if (this.#closed) throw new Error('closed already')
        this.#closed = true
      }
    },
  },
  ...(['seed', 'stop', 'topLogprobs', 'toolChoice', 'reasoning'] as const).map(dropping),
  {
    fault: 'takes 0 for "not given"',
    foundBy: 'option-zero',
    driver: class extends AcmeDriver {
      protected override writeOptions(request: ModelRequest): OptionWriter {
        const given = Object.entries(request.options).filter(([, value]) => Boolean(value))
        return super.writeOptions({ ...request, options: Object.fromEntries(given) })
      }
    },
  },
  {
    fault: 'lowers a temperature and keeps quiet about it',
    foundBy: 'ledger-matches-wire',
    driver: class extends AcmeDriver {
      protected override write(request: ModelRequest, stream: boolean): Sent {
        const sent = super.write(request, stream)
        const { temperature } = sent.body
        if (typeof temperature === 'number') sent.body['temperature'] = Math.min(temperature, 0.4)
        return sent
      }
    },
  },
  {
    fault: 'has a temperature of its own',
    foundBy: 'no-hidden-options',
    driver: class extends AcmeDriver {
      protected override write(request: ModelRequest, stream: boolean): Sent {
        const { body, ledger } = super.write(request, stream)
        return { body: { temperature: 0.7, ...body }, ledger }
      }
    },
  },
  {
    fault: 'leaves a value out where it should refuse to go on',
    foundBy: 'on-unsupported',
    driver: class extends AcmeDriver {
      protected override writeOptions(request: ModelRequest): OptionWriter {
        return super.writeOptions({ ...request, onUnsupported: 'warn' })
      }
    },
  },
  {
    fault: "puts the vendor's own options where the vendor does not look",
    foundBy: 'provider-options',
    driver: class extends AcmeDriver {
      protected override write({ providerOptions, ...request }: ModelRequest, stream: boolean): Sent {
        const { body, ledger } = super.write(request, stream)
        return { body: { ...body, ...(providerOptions && { extra: providerOptions }) }, ledger }
      }
    },
  },
  {
    fault: 'marks each request',
    foundBy: 'generate-is-chat',
    driver: class extends AcmeDriver {
      protected override write(request: ModelRequest, stream: boolean): Sent {
        const { body, ledger } = super.write(request, stream)
        return { body: { ...body, mark: randomUUID() }, ledger }
      }
    },
  },
  {
    fault: 'records half of what it sent',
    foundBy: 'request-is-recorded',
    driver: class extends AcmeDriver {
      protected override assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
        return { ...super.assemble(answer, response, sent, raw), request: { model: 'acme-1' } }
      }
    },
  },
  {
    fault: 'trims prompts',
    foundBy: 'prompt-is-exact',
    driver: class extends AcmeDriver {
      protected override writeMessages(request: ModelRequest): JsonValue[] {
        return (super.writeMessages(request) as JsonObject[]).map((message) =>
          typeof message['content'] === 'string' ? { ...message, content: message['content'].trim() } : message,
        )
      }
    },
  },
  {
    fault: 'leaves the system message out',
    foundBy: 'all-messages-are-sent',
    driver: class extends AcmeDriver {
      protected override writeMessages(request: ModelRequest): JsonValue[] {
        return super.writeMessages({ ...request, messages: request.messages.filter(({ role }) => role !== 'system') })
      }
    },
  },
  {
    fault: 'leaves tool results out',
    foundBy: 'tool-results-are-sent',
    driver: class extends AcmeDriver {
      protected override writeMessages(request: ModelRequest): JsonValue[] {
        return super.writeMessages({ ...request, messages: request.messages.filter(({ role }) => role !== 'tool') })
      }
    },
  },
  {
    fault: 'sends the text of a message and not its image',
    foundBy: 'images-are-sent',
    driver: class extends AcmeDriver {
      protected override writeMessages(request: ModelRequest): JsonValue[] {
        return (super.writeMessages(request) as JsonObject[]).map(({ content, ...message }) => ({
          ...message,
          content: Array.isArray(content) ? content.filter((part) => !('image' in (part as JsonObject))) : content!,
        }))
      }
    },
  },
])
