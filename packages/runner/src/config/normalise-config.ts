import type { $ZodType } from 'zod/v4/core'
import { camelCase, snakeCase } from './camel-case.ts'
import type { ConfigPath } from './config-text.ts'
import { schemaDefinition, type SchemaDefinition } from './schema-definition.ts'
import { settingShapes } from './setting-shapes.ts'
import { showPath } from './show-path.ts'

/** A config with its keys in camelCase and its `${VAR}`s filled in. */
export interface NormalisedConfig {
  value: unknown
  /** The same with every secret as it was written (`${VAR}`), or as `[redacted]`: this is what artifacts show. */
  shown: unknown
  secrets: string[]
  /** Everything that came from the environment, so that no message quotes it. */
  read: string[]
  problems: ConfigProblem[]
}

export interface ConfigProblem {
  path: ConfigPath
  /** Whether the key or its value is wrong. */
  part: 'key' | 'value'
  message: string
}

type Environment = Record<string, string | undefined>

/**
 * Prepares what a person wrote for the schema. Keys are renamed only where the schema knows them or where they are
 * settings; what goes to a vendor verbatim (`providerOptions`, JSON schemas) keeps its spelling.
 *
 * @param asks Whether models will be asked. Where nobody is, a secret `${VAR}` need not be set.
 */
export function normaliseConfig(
  given: unknown,
  schema: $ZodType,
  environment: Environment,
  asks: boolean = true,
): NormalisedConfig {
  const walk = new Walk(environment, asks)
  const { value, shown } = walk.visit(given, schema, [], false)
  return { value, shown, secrets: [...walk.secrets], read: [...walk.read], problems: walk.problems }
}

interface Pair {
  value: unknown
  shown: unknown
}

/** Settings that are no secret even when they come from the environment: records must name the model. */
const openSettings: ReadonlySet<string> = new Set(['modelName', 'model', 'modelId'])

const secretName = /(api_?key|secret|password|authorization|(^|_)token$|(?<=[a-z])Token$)/i

class Walk {
  readonly secrets = new Set<string>()
  readonly read = new Set<string>()
  readonly problems: ConfigProblem[] = []
  readonly #environment: Environment
  readonly #asks: boolean

  constructor(environment: Environment, asks: boolean) {
    this.#environment = environment
    this.#asks = asks
  }

  visit(given: unknown, schema: $ZodType | undefined, path: ConfigPath, secret: boolean): Pair {
    const definition = definitionFor(schema, given)
    if (typeof given === 'string') return this.#text(given, definition, path, secret)
    if (Array.isArray(given)) {
      const pairs = given.map((item, index) => this.visit(item, definition?.element, [...path, index], secret))
      return { value: pairs.map(({ value }) => value), shown: pairs.map(({ shown }) => shown) }
    }
    if (typeof given !== 'object' || given === null) return { value: given, shown: given }
    return this.#object(given, definition, path, secret)
  }

  #object(given: object, definition: SchemaDefinition | undefined, path: ConfigPath, secret: boolean): Pair {
    const settings = definition?.type === 'record' && path.at(-1) === 'args'
    const shape = settings ? settingShapes(path) : definition?.shape
    const inSettings = secret || definition?.type === 'record'
    const value: Record<string, unknown> = {}
    const shown: Record<string, unknown> = {}
    for (const [key, inner] of Object.entries(given)) {
      // A program's way to say that it gives none.
      if (inner === undefined) continue
      const camel = camelCase(key)
      const known = shape !== undefined && Object.hasOwn(shape, camel)
      const name = settings || known ? camel : key
      if (Object.hasOwn(value, name))
        this.problems.push({
          path: [...path, name],
          part: 'key',
          message: `"${key}" says again what "${name === key ? snakeCase(key) : name}" says`,
        })
      const innerSchema = known ? shape[camel] : undefined
      const innerSecret = inSettings && !known && !(settings && openSettings.has(name))
      const pair = this.visit(inner, innerSchema, [...path, name], innerSecret)
      if (inSettings && typeof inner === 'string' && secretName.test(name) && pair.shown === pair.value) {
        this.secrets.add(String(pair.value))
        pair.shown = '[redacted]'
      }
      define(value, name, pair.value)
      define(shown, name, pair.shown)
    }
    return { value, shown }
  }

  #text(given: string, definition: SchemaDefinition | undefined, path: ConfigPath, secret: boolean): Pair {
    if (!given.includes('${')) return { value: given, shown: given }
    const values: string[] = []
    const value = given.replaceAll(/\$(\$\{)|\$\{([^}]*)\}/g, (_, escaped: string | undefined, name: string) => {
      if (escaped !== undefined) return escaped
      const text = this.#variable(name, path, secret)
      values.push(text)
      return text
    })
    if (!secret) {
      const number = definition?.type === 'number' && value.trim() !== '' ? Number(value) : Number.NaN
      const plain = Number.isNaN(number) ? value : number
      return { value: plain, shown: plain }
    }
    for (const text of values) if (text !== '') this.secrets.add(text)
    return { value, shown: values.length === 0 ? value : given }
  }

  #variable(name: string, path: ConfigPath, secret: boolean): string {
    const valid = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
    const text = valid ? this.#environment[name] : undefined
    const needed = this.#asks || !secret || !valid
    if (needed && (text === undefined || text === ''))
      this.problems.push({
        path,
        part: 'value',
        message: valid
          ? `${showPath(path)} reads the environment variable ${name}, which is ${text === '' ? 'empty' : 'not set'}. Set it, or write the value here`
          : `${showPath(path)}: "\${${name}}" names no environment variable. Write $\${ for a plain \${`,
      })
    if (text) this.read.add(text)
    return text ?? ''
  }
}

/** Follows wrappers and unions to the schema that fits the kind of value. */
function definitionFor(schema: $ZodType | undefined, given: unknown): SchemaDefinition | undefined {
  if (schema === undefined) return undefined
  const definition = schemaDefinition(schema)
  if (definition.options !== undefined) {
    const fitting = definition.options.map((option) => definitionFor(option, given))
    const wanted = Array.isArray(given) ? 'array' : typeof given === 'object' ? 'object' : typeof given
    const objects = fitting.filter((option) => option?.type === wanted)
    if (wanted !== 'object' || objects.length < 2) return objects[0]
    return { type: 'object', shape: Object.assign({}, ...objects.map((option) => option?.shape)) as never }
  }
  const inner = definition.innerType ?? definition.in
  return inner === undefined ? definition : definitionFor(inner, given)
}

/** Plain assignment would lose a key named `__proto__`. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}
