import type { GenerateOptions, JsonObject } from '@insidellms/core'
import fc from 'fast-check'

const text = fc.string({ minLength: 1, maxLength: 20 })
const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,20}$/)
const schema = fc.constant<JsonObject>({
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
})
const effort = fc.constantFrom(
  'none' as const,
  'minimal' as const,
  'low' as const,
  'medium' as const,
  'high' as const,
  'xhigh' as const,
)

/** Values of every portable option, as fast-check draws them. */
const portable = {
  temperature: fc.double({ min: 0, max: 2, noNaN: true }),
  topP: fc.double({ min: 0, max: 1, noNaN: true }),
  topK: fc.integer({ min: 1, max: 100 }),
  maxTokens: fc.integer({ min: 1, max: 64_000 }),
  stop: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 4 })),
  seed: fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
  presencePenalty: fc.double({ min: -2, max: 2, noNaN: true }),
  frequencyPenalty: fc.double({ min: -2, max: 2, noNaN: true }),
  logprobs: fc.boolean(),
  topLogprobs: fc.integer({ min: 0, max: 20 }),
  responseFormat: fc.oneof(
    fc.constant({ type: 'text' as const }),
    fc.constant({ type: 'json' as const }),
    fc.record(
      { type: fc.constant('json_schema' as const), schema, name, description: text, strict: fc.boolean() },
      { requiredKeys: ['type', 'schema'] },
    ),
  ),
  tools: fc.array(
    fc.record(
      { name, description: text, parameters: schema, strict: fc.boolean() },
      { requiredKeys: ['name', 'parameters'] },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  toolChoice: fc.oneof(fc.constantFrom('auto' as const, 'none' as const, 'required' as const), fc.record({ name })),
  reasoning: fc.record({ effort, budgetTokens: fc.integer({ min: 0, max: 9999 }) }, { requiredKeys: [] }),
}

/** Any of the portable options together; `own` are the ranges of a vendor that takes less, and its own options. */
export function randomOptions(own: {
  [Name in keyof GenerateOptions]?: fc.Arbitrary<NonNullable<GenerateOptions[Name]>>
}): fc.Arbitrary<GenerateOptions> {
  return fc.record({ ...portable, ...own }, { requiredKeys: [] }) as fc.Arbitrary<GenerateOptions>
}
