import { ObjectScanner } from '../read/scan-record.ts'
import { endOfJson } from './check-json.ts'
import { dateTime, inOrder } from './check-shape.ts'
import { statuses } from './run-schema.ts'

/** Members that differ from record to record, by what they may be; null stands for text that may be null. */
const variable = {
  completed_at: 'date',
  custom: 'object',
  error: 'text?',
  error_type: 'text?',
  example_id: 'text',
  input: 'any',
  messages_hash: 'text?',
  output: 'any',
  output_text: 'text?',
  primary_metric: 'text?',
  scores: 'object',
  started_at: 'date',
  status: 'status',
  usage: 'object',
} as const

type Field = keyof typeof variable

const fields = Object.keys(variable) as Field[]
const statusTexts = new Map(statuses.map((status) => [`"${status}"`, status]))
/** Comparing few bytes here is faster than calling out. */
const shortSegment = 16

interface Part {
  /** What stands before the value, from the end of the value before it. */
  segment: Buffer
  field: Field
}

/**
 * The layout of a line that was found valid: constant bytes with gaps for the members that differ. A line that has the
 * same bytes, and in each gap a JSON value of the right kind, is valid too, and need not be parsed. Lines that do not fit
 * may be valid all the same.
 */
export class LineTemplate {
  /** Of the line that fitted last. */
  status = ''
  readonly #parts: readonly Part[]
  readonly #tail: Buffer

  private constructor(parts: readonly Part[], tail: Buffer) {
    this.#parts = parts
    this.#tail = tail
  }

  /** @param start Of a line that is valid. */
  static of(buffer: Buffer, start: number, end: number): LineTemplate | undefined {
    const scanner = new ObjectScanner(fields)
    if (!scanner.scan(buffer, start, end)) return undefined
    const present = fields
      .filter((field) => scanner.start(field) !== -1)
      .sort((a, b) => scanner.start(a) - scanner.start(b))
    let at = start
    const parts = present.map((field) => {
      const segment = Buffer.from(buffer.subarray(at, scanner.start(field)))
      at = scanner.end(field)
      return { segment, field }
    })
    return new LineTemplate(parts, Buffer.from(buffer.subarray(at, end)))
  }

  fits(buffer: Buffer, start: number, end: number): boolean {
    let at = start
    let output = -1
    let outputEnd = -1
    let started = ''
    let completed = ''
    this.status = ''
    for (const { segment, field } of this.#parts) {
      if (!startsWith(buffer, at, end, segment)) return false
      const valueStart = at + segment.length
      // A text output stands in the record twice.
      at =
        field === 'output_text' && repeats(buffer, valueStart, end, output, outputEnd)
          ? valueStart + outputEnd - output
          : endOfJson(buffer, valueStart, end)
      if (at === -1) return false
      const first = buffer[valueStart]
      switch (variable[field]) {
        case 'text':
          if (first !== 0x22) return false
          break
        case 'text?':
          if (first !== 0x22 && first !== 0x6e) return false
          break
        case 'object':
          if (first !== 0x7b) return false
          break
        case 'date': {
          const text = buffer.toString('latin1', valueStart + 1, at - 1)
          if (first !== 0x22 || dateTime(text) !== undefined) return false
          if (field === 'started_at') started = text
          else completed = text
          break
        }
        case 'status': {
          const status = statusTexts.get(buffer.toString('latin1', valueStart, at))
          if (status === undefined) return false
          this.status = status
          break
        }
        case 'any':
          if (field === 'output') [output, outputEnd] = [valueStart, at]
      }
    }
    return end - at === this.#tail.length && startsWith(buffer, at, end, this.#tail) && inOrder(started, completed)
  }
}

function startsWith(buffer: Buffer, at: number, end: number, segment: Buffer): boolean {
  const { length } = segment
  if (at + length > end) return false
  if (length > shortSegment) return segment.compare(buffer, at, at + length) === 0
  for (let place = 0; place < length; place++) if (buffer[at + place] !== segment[place]) return false
  return true
}

/** Whether the bytes from `from` to `to` stand again at `at`. */
function repeats(buffer: Buffer, at: number, end: number, from: number, to: number): boolean {
  const length = to - from
  return (
    from !== -1 &&
    at + length <= end &&
    buffer[from] === 0x22 &&
    buffer.compare(buffer, from, to, at, at + length) === 0
  )
}
