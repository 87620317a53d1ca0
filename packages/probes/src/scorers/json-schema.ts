import { createRequire } from 'node:module'
import type * as ajvModule from 'ajv/dist/2020.js'
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import { InsideLLMsError, type JsonObject } from '@insidellms/core/driver'
import { parseJsonAnswer } from './parse-json-answer.ts'
import type { Score } from './score.ts'

let ajv: Ajv2020 | undefined
const compiled = new Map<string, ValidateFunction>()

/**
 * 1 when the answer is JSON and satisfies the schema (JSON Schema 2020-12); see `parseJsonAnswer` for what is JSON.
 * `format` is not checked. A schema's own `pattern` runs without a time limit: take schemas from sources you trust.
 *
 * @throws {InsideLLMsError} `invalid_request` when the schema is none.
 */
export function scoreJsonSchema(answer: string, schema: JsonObject): Score {
  const validate = compileSchema(schema)
  const parsed = parseJsonAnswer(answer)
  if (parsed === undefined) return { score: 0, reason: 'The answer is no JSON.' }
  if (validate(parsed.value)) return { score: 1, reason: 'The answer satisfies the schema.' }
  const problems = (validate.errors ?? []).slice(0, 3).map(describeError).join('; ')
  return { score: 0, reason: `The answer breaks the schema: ${problems}.` }
}

/** @throws {InsideLLMsError} `invalid_request` when the schema is none. */
export function compileSchema(schema: JsonObject): ValidateFunction {
  const key = JSON.stringify(schema)
  const known = compiled.get(key)
  if (known !== undefined) return known
  try {
    // An $id would be registered for good, and clash with the next schema of the same name.
    const { $id: _id, ...anonymous } = schema
    const validate = (ajv ??= createAjv()).compile(anonymous)
    if (compiled.size >= 1000) compiled.clear()
    compiled.set(key, validate)
    return validate
  } catch (error) {
    throw new InsideLLMsError('invalid_request', `This is no usable JSON Schema: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Loaded at the first schema: it takes longer to load than the rest of the package, and most runs have none. */
function createAjv(): Ajv2020 {
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof ajvModule
  return new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false })
}

function describeError({ instancePath, message }: ErrorObject): string {
  return `${instancePath === '' ? 'the whole' : instancePath} ${message ?? 'is wrong'}`
}
