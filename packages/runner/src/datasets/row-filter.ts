import { didYouMean, InsideLLMsError, type JsonValue } from '@insidellms/core'
import type { DatasetFilter, FieldCondition } from '../config/dataset-schema.ts'
import type { SourceItem } from './dataset-source.ts'

type Scalar = string | number | boolean | null

/** Which rows of a dataset a config's `filter` keeps: those that meet every condition. An absent field is null. */
export class RowFilter {
  readonly #conditions: readonly (readonly [field: string, test: (value: JsonValue) => boolean])[]
  /** Fields that no row has had yet. */
  readonly #unseen: Set<string>
  /** Of the first rows, for advice. */
  readonly #fields = new Set<string>()

  constructor(filter: DatasetFilter) {
    this.#conditions = Object.entries(filter).map(([field, condition]) => [field, testOf(condition)])
    this.#unseen = new Set(Object.keys(filter))
  }

  /** @throws {InsideLLMsError} `config` where a field's value cannot be compared; `place` says where that is. */
  keeps({ item }: SourceItem, place: () => string): boolean {
    if (this.#unseen.size > 0) this.#look(item)
    return this.#conditions.every(([field, test]) => {
      try {
        return test(fieldOf(item, field) ?? null)
      } catch (error) {
        if (!(error instanceof NotComparable)) throw error
        throw new InsideLLMsError(
          'config',
          `${place()}: the filter cannot compare the field "${field}": ${error.message}.`,
        )
      }
    })
  }

  /**
   * To be asked when every row has been read.
   *
   * @throws {InsideLLMsError} `config` when there is a field that no row has.
   */
  checkFields(label: string): void {
    const [unknown] = this.#unseen
    if (unknown === undefined) return
    const near = didYouMean(unknown, [...this.#fields])
    throw new InsideLLMsError(
      'config',
      `The filter names the field "${unknown}", which no row of ${label} has. ${near === undefined ? `Its fields: ${[...this.#fields].join(', ') || 'none'}.` : `Did you mean "${near}"?`}`,
    )
  }

  #look(item: JsonValue): void {
    for (const field of this.#unseen) if (fieldOf(item, field) !== undefined) this.#unseen.delete(field)
    if (this.#fields.size < 100 && isObject(item)) for (const field of Object.keys(item)) this.#fields.add(field)
  }
}

/** A field of that name, else what its dots lead to: `meta.level`. */
function fieldOf(item: JsonValue, field: string): JsonValue | undefined {
  if (!isObject(item)) return undefined
  if (Object.hasOwn(item, field)) return item[field]
  const dot = field.indexOf('.')
  if (dot === -1 || !Object.hasOwn(item, field.slice(0, dot))) return undefined
  return fieldOf(item[field.slice(0, dot)]!, field.slice(dot + 1))
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function testOf(condition: FieldCondition): (value: JsonValue) => boolean {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) return oneOf(condition)
  const { not, gt, gte, lt, lte } = condition
  const tests: ((value: JsonValue) => boolean)[] = []
  if (not !== undefined) {
    const excluded = oneOf(not)
    tests.push((value) => !excluded(value))
  }
  if (gt !== undefined) tests.push((value) => order(value, gt) > 0)
  if (gte !== undefined) tests.push((value) => order(value, gte) >= 0)
  if (lt !== undefined) tests.push((value) => order(value, lt) < 0)
  if (lte !== undefined) tests.push((value) => order(value, lte) <= 0)
  return (value) => tests.every((test) => test(value))
}

function oneOf(wanted: Scalar | readonly Scalar[]): (value: JsonValue) => boolean {
  const list: readonly Scalar[] = typeof wanted === 'object' && wanted !== null ? wanted : [wanted]
  return (value) => list.some((one) => equals(value, one))
}

/** In a CSV everything is a text: one that spells the number or the truth value equals it, and an empty one is null. */
function equals(value: JsonValue, wanted: Scalar): boolean {
  if (value === wanted) return true
  if (typeof value !== 'string' || typeof wanted === 'string') return false
  if (wanted === null) return value === ''
  return typeof wanted === 'number' ? numberIn(value) === wanted : value.trim().toLowerCase() === String(wanted)
}

class NotComparable extends Error {}

/** NaN, which no comparison holds for, where there is no value. */
function order(value: JsonValue, limit: number | string): number {
  if (value === null || value === '') return Number.NaN
  if (typeof limit === 'string') {
    if (typeof value !== 'string') throw new NotComparable(`${show(value)} is no text, as ${show(limit)} is`)
    return value < limit ? -1 : value > limit ? 1 : 0
  }
  const number = typeof value === 'string' ? numberIn(value) : value
  if (typeof number !== 'number') throw new NotComparable(`${show(value)} is no number, as ${show(limit)} is`)
  return number - limit
}

function numberIn(text: string): number | undefined {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : undefined
}

function show(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
