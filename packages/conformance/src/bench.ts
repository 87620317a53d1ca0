import { DriverModel, type ModelDriver, type ModelRequest, type ModelSettings } from '@insidellms/core'
import { check } from './check.ts'
import type { ProviderDescription } from './provider-description.ts'
import { type ScriptedReply, toBytes, type WireReply } from './reply.ts'
import { type RecordedRequest, type Script, type ScriptedServer, startScriptedServer } from './scripted-server.ts'
import type { VendorWire, WireAnswer, WireError } from './vendor-wire.ts'

/** Characters that base64 and URLs write differently, so that every form of it can be told from every other. */
const defaultApiKey = 'conformance+key/8f2c==7d1e40ab'

/** What a vendor says when it fails. */
export const errorMessage = 'Conformance says no'

/** The workplace of one case: its own server and its own drivers, all gone afterwards. */
export class Bench implements AsyncDisposable {
  readonly description: ProviderDescription
  readonly server: ScriptedServer
  readonly apiKey: string
  /** The requests for an answer, in their order. What a driver asks beside them is not among them. */
  readonly calls: RecordedRequest[]
  /** Why there turned out to be nothing to prove. */
  notApplicable: string | undefined
  readonly #drivers: ModelDriver[] = []
  readonly #setScript: (script: Script, asides: boolean) => void

  private constructor(
    description: ProviderDescription,
    server: ScriptedServer,
    calls: RecordedRequest[],
    setScript: (script: Script, asides: boolean) => void,
  ) {
    this.description = description
    this.apiKey = description.apiKey ?? defaultApiKey
    this.server = server
    this.calls = calls
    this.#setScript = setScript
    if (description.wire !== undefined) this.playAnswer()
  }

  static async open(description: ProviderDescription): Promise<Bench> {
    const calls: RecordedRequest[] = []
    let script: Script
    let asides = true
    const server = await startScriptedServer(
      (request) => (asides && description.wire?.aside?.(request)) || script(request, calls.push(request) - 1),
    )
    return new Bench(description, server, calls, (next, withAsides) => {
      script = next
      asides = withAsides
    })
  }

  /** For cases that need one. */
  get wire(): VendorWire {
    const { wire } = this.description
    check(wire, 'There is no wire to script.')
    return wire
  }

  /** A part of the wire that not every vendor has. */
  part<Name extends keyof VendorWire>(name: Name): NonNullable<VendorWire[Name]> {
    const part = this.wire[name]
    check(part, `The description's wire has no ${name}().`)
    return part
  }

  /** What the vendor answers from here on. */
  play(script: Script | ScriptedReply): void {
    this.#setScript(typeof script === 'function' ? script : () => script, true)
  }

  /** The same for every request, also for what a driver asks beside the call. */
  playEverything(script: Script): void {
    this.#setScript(script, false)
  }

  /** The vendor gives an answer of this kind from here on. */
  playAnswer(changes: Partial<WireAnswer> = {}): void {
    this.play((request) => this.wire.answer(this.answer(changes), request))
  }

  /** The vendor fails from here on. */
  playError(error: Partial<WireError>, headers: Record<string, string> = {}): void {
    this.play((request) => this.errorReply(error, request, headers))
  }

  errorReply(error: Partial<WireError>, request: RecordedRequest, headers: Record<string, string> = {}): WireReply {
    const reply = this.wire.error({ status: 500, message: errorMessage, ...error }, request)
    return { ...reply, headers: { ...reply.headers, ...headers } }
  }

  /** The vendor gives a whole answer, its body changed. */
  playBody(edit: (body: string) => string, changes: Partial<WireAnswer> = {}): void {
    this.play((request) => {
      const reply = this.wire.answer(this.answer(changes), request)
      const [body, ...more] = reply.chunks
      if (more.length === 0) return { ...reply, chunks: [edit(String(body))] }
      this.notApplicable = 'The driver asks for a stream also where a whole answer is wanted.'
      return reply
    })
  }

  /** The vendor gives a streamed answer, its chunks changed. */
  playStream(
    edit: (chunks: Uint8Array[], request: RecordedRequest) => ScriptedReply['chunks'],
    changes: Partial<WireAnswer> = {},
    how: Pick<ScriptedReply, 'endWith'> = {},
  ): void {
    this.play((request) => {
      const reply = this.wire.answer(this.answer(changes), request)
      return { ...reply, ...how, chunks: edit(reply.chunks.map(toBytes), request) }
    })
  }

  /** A complete answer with other values than any request could have asked for. */
  answer(changes: Partial<WireAnswer> = {}): WireAnswer {
    return {
      text: ['Once ', 'upon ', 'a ', 'time.'],
      finish: this.wire.finishReasons.stop,
      usage: { inputTokens: 11, outputTokens: 7 },
      model: 'conformance-served-1',
      responseId: 'response-conformance-1',
      requestId: 'request-conformance-1',
      fingerprint: 'fp-conformance-1',
      ...changes,
    }
  }

  /** A new driver. */
  async driver(): Promise<ModelDriver> {
    const driver = await this.description.createDriver({ url: this.server.url, apiKey: this.apiKey })
    this.#drivers.push(driver)
    return driver
  }

  /** A new driver as a user meets it, with core's guards around it and no retries. */
  async model(settings: ModelSettings = {}): Promise<DriverModel> {
    return new DriverModel(await this.driver(), { maxRetries: 0, ...settings })
  }

  /** A call as core hands it to a driver. */
  request(changes: Partial<ModelRequest> = {}): ModelRequest {
    return { messages: [{ role: 'user', content: 'Once upon a time' }], options: {}, onUnsupported: 'warn', ...changes }
  }

  /** Options for a call whose answer only has to be short and repeatable; a scripted answer is both. */
  shortAnswer({ supports }: Pick<ModelDriver, 'supports'>): ModelRequest['options'] {
    if (this.description.wire !== undefined) return {}
    return {
      ...(supports.includes('maxTokens') && { maxTokens: 16 }),
      ...(supports.includes('temperature') && { temperature: 0 }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#drivers.map((driver) => driver.close?.()))
    await this.server.close()
  }
}
