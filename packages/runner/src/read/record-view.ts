import { ExactNumber, type ExactObject, type ExactValue, parseExact } from './exact-json.ts'
import { type Identity, IdentityReader } from './record-identity.ts'
import { decodeString, ObjectScanner, type ScannedField, scannedFields } from './scan-record.ts'
import { unreadableLine } from './unreadable-line.ts'

/** What makes two records of two runs the same question. */
export interface RecordKey {
  model: string
  probe: string
  example: string
  /** From 0. */
  repeat: number
}

/**
 * One record as it stands in its line. Nothing is decoded before it is asked for, and one view can be pointed at line
 * after line, so that looking at a million records makes a few objects and not a few million.
 */
export class RecordView {
  buffer: Buffer = Buffer.alloc(0)
  /** Of its file, for messages. */
  path = ''
  /** Number of its line in the file, from 1. */
  line = 0
  start = 0
  end = 0
  readonly #fields = new ObjectScanner(scannedFields)
  readonly #custom = new ObjectScanner(['calls', 'explanation', 'harness', 'repeat', 'seed'] as const)
  readonly #identity = new IdentityReader()
  #hasCustom = false

  /** A record that keeps its own bytes. */
  static of(line: Buffer, number: number): RecordView | undefined {
    const view = new RecordView()
    return view.point(line, 0, line.length, number) ? view : undefined
  }

  /** Points the view at a line. False when the line is not a JSON object. */
  point(buffer: Buffer, start: number, end: number, line: number): boolean {
    this.buffer = buffer
    this.start = start
    this.end = end
    this.line = line
    if (!this.#fields.scan(buffer, start, end)) return false
    const custom = this.#fields.start('custom')
    this.#hasCustom = custom !== -1 && this.#custom.scan(buffer, custom, this.#fields.end('custom'))
    return true
  }

  get key(): RecordKey {
    return { model: this.model, probe: this.probe, example: this.example, repeat: this.repeat }
  }

  get model(): string {
    return this.#identify().model
  }

  get probe(): string {
    return this.#identify().probe
  }

  get example(): string {
    return this.string('example_id') ?? '0'
  }

  get repeat(): number {
    return Number(this.#ofCustom('repeat')?.toString('latin1') ?? 0) || 0
  }

  /** The seed that was asked for, as it stands. */
  get seed(): string | undefined {
    return this.#ofCustom('seed')?.toString('latin1')
  }

  /** Why the scores are what they are, in the probe's words. */
  get explanation(): string | undefined {
    const bytes = this.#ofCustom('explanation')
    return bytes === undefined ? undefined : decodeString(bytes, 0, bytes.length)
  }

  /** `custom.calls` as it stands: what served each call, and how it ended. Only our runs have it. */
  get callBytes(): Buffer | undefined {
    return this.#ofCustom('calls')
  }

  get status(): string {
    return this.string('status') ?? 'error'
  }

  /** Where a member's value begins in `buffer`, or -1. */
  startOf(field: ScannedField): number {
    return this.#fields.start(field)
  }

  endOf(field: ScannedField): number {
    return this.#fields.end(field)
  }

  /** The bytes of `custom.harness`; undefined where there is none. */
  get harness(): Buffer | undefined {
    return this.#ofCustom('harness')
  }

  /** The bytes of a member's value; undefined where the record has none. */
  bytes(field: ScannedField): Buffer | undefined {
    const start = this.#fields.start(field)
    return start === -1 ? undefined : this.buffer.subarray(start, this.#fields.end(field))
  }

  /** Undefined where it is absent, null or no string. */
  string(field: ScannedField): string | undefined {
    const start = this.#fields.start(field)
    return start === -1 ? undefined : decodeString(this.buffer, start, this.#fields.end(field))
  }

  /**
   * A member's value with nothing lost; null where it is absent.
   *
   * @throws {InsideLLMsError} `invalid_request` for what is no JSON, with file, line and field.
   */
  value(field: ScannedField): ExactValue {
    return this.#parse(field, this.bytes(field))
  }

  /** As `value`, of `custom.calls`. */
  get calls(): ExactValue {
    return this.#parse('custom.calls', this.callBytes)
  }

  /** As `value`, with an empty object for anything else. */
  object(field: ScannedField): ExactObject {
    const value = this.value(field)
    return value instanceof Map ? value : new Map()
  }

  /** The number under the primary metric, or under `score` where no primary metric is named. */
  get score(): number | undefined {
    return scoreOf(this.object('scores'), this.string('primary_metric'))
  }

  /** Whether two views hold the same bytes in one member. */
  sameBytes(other: RecordView, field: ScannedField): boolean {
    const start = this.#fields.start(field)
    const otherStart = other.#fields.start(field)
    if (start === -1 || otherStart === -1) return start === otherStart
    return this.buffer.compare(other.buffer, otherStart, other.#fields.end(field), start, this.#fields.end(field)) === 0
  }

  #identify(): Identity {
    return this.#identity.read(this.harness, () => ({ model: this.bytes('model'), probe: this.bytes('probe') }))
  }

  #parse(name: string, bytes: Buffer | undefined): ExactValue {
    if (bytes === undefined) return null
    try {
      return parseExact(bytes.toString('utf8'))
    } catch (error) {
      throw unreadableLine(this.path, this.line, `${name} is no JSON: ${(error as Error).message}`)
    }
  }

  #ofCustom(name: 'calls' | 'explanation' | 'harness' | 'repeat' | 'seed'): Buffer | undefined {
    const start = this.#hasCustom ? this.#custom.start(name) : -1
    return start === -1 ? undefined : this.buffer.subarray(start, this.#custom.end(name))
  }
}

/** The number under the primary metric, or under `score` where none is named. A boolean is no number. */
export function scoreOf(scores: ExactObject, primaryMetric: string | undefined): number | undefined {
  const value = scores.get(primaryMetric ?? 'score')
  return value instanceof ExactNumber && Number.isFinite(value.value) ? value.value : undefined
}
