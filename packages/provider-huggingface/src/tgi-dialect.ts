import type { JsonObject, Ledger } from '@insidellms/core/driver'

/**
 * Rewrites what text-generation-inference has in a shape of its own: a response format's `value`, and a tool's
 * `arguments` for its parameters. Source: its OpenAPI file (docs/openapi.json), and `GrammarType` in router/src/lib.rs.
 */
export function toTgiDialect(body: JsonObject, ledger: Ledger): void {
  // What providerOptions put there is the caller's own, in whatever dialect.
  if (ledger['responseFormat']?.status === 'mapped')
    writeFormat(body, ledger, body['response_format'] as unknown as ChatFormat)
  if (ledger['tools']?.status === 'mapped') {
    const value = (body['tools'] as { function: JsonObject }[]).map(({ function: { parameters, ...rest } }) => ({
      type: 'function',
      function: { ...rest, arguments: parameters! },
    }))
    body['tools'] = value
    ledger['tools'] = { status: 'mapped', wire: '/tools', value }
  }
}

interface ChatFormat {
  type: string
  json_schema?: { name: string; schema: JsonObject; description?: string; strict?: boolean }
}

function writeFormat(body: JsonObject, ledger: Ledger, { type, json_schema: asked }: ChatFormat): void {
  if (type === 'text') {
    delete body['response_format']
    ledger['responseFormat'] = { status: 'mapped', reason: 'text is what the server gives unasked' }
    return
  }
  const value: JsonObject =
    asked === undefined
      ? { type: 'json', value: { type: 'object' } }
      : { type: 'json_schema', value: { name: asked.name, schema: asked.schema } }
  body['response_format'] = value
  const lost = asked?.description !== undefined || asked?.strict === false
  ledger['responseFormat'] = {
    status: lost ? 'adjusted' : 'mapped',
    wire: '/response_format',
    value,
    ...(lost && { reason: 'the server has no place for a description, and always keeps to the schema' }),
  }
}
