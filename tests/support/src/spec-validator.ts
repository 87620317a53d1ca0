import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { sharedPath } from './shared-path.ts'

/** The problems of a request body against a vendor's published schema; an empty list is a pass. */
export type BodyValidator = (body: unknown) => string[]

/**
 * A validator for the JSON request body of one operation of an OpenAPI file, or undefined where the machine has no
 * specs. `route` is the path as the file writes it.
 */
export function loadBodyValidator(file: string, route: string, method: string = 'post'): BodyValidator | undefined {
  const path = sharedPath(`specs/${file}`)
  if (path === undefined) return undefined
  const text = readFileSync(path, 'utf8')
  const document = file.endsWith('.json') ? JSON.parse(text) : parse(text, { maxAliasCount: -1 })
  const operation = document.paths?.[route]?.[method]
  let body = operation?.requestBody
  if (body?.$ref) body = resolvePointer(document, body.$ref)
  if (body?.content?.['application/json']?.schema === undefined)
    throw new Error(`${file} has no JSON body for ${method} ${route}.`)
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, discriminator: false })
  ajv.addSchema({ $id: 'spec', components: modernise(document.components) })
  const validate = ajv.compile(rebase(modernise(body.content['application/json'].schema)) as object)
  return (value) => {
    if (validate(value)) return []
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
  }
}

function resolvePointer(document: unknown, pointer: string): { content?: Record<string, { schema: unknown }> } {
  return pointer
    .slice(2)
    .split('/')
    .reduce(
      (value, key) => (value as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    ) as never
}

/**
 * OpenAPI 3.0 writes `nullable: true` where JSON Schema has a type `null`. And the vendors' `oneOf` overlap (a user
 * message with an image is both an easy and a full input message at OpenAI), so that they can only mean `anyOf`.
 */
function modernise(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(modernise)
  if (typeof schema !== 'object' || schema === null) return schema
  const { nullable, discriminator: _, oneOf, ...rest } = schema as Record<string, unknown>
  const clean: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, modernise(value)]),
  )
  if (Array.isArray(oneOf)) clean['allOf'] = [...((clean['allOf'] as unknown[]) ?? []), { anyOf: oneOf.map(modernise) }]
  if (typeof clean['exclusiveMinimum'] === 'boolean') delete clean['exclusiveMinimum']
  if (typeof clean['exclusiveMaximum'] === 'boolean') delete clean['exclusiveMaximum']
  return nullable === true ? { anyOf: [clean, { type: 'null' }] } : clean
}

function rebase(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"spec#/'))
}
