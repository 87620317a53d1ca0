import type { JsonObject } from '@insidellms/core'
import { conformanceCases } from './all-cases.ts'

const text: JsonObject = { type: 'string', minLength: 1 }
const count: JsonObject = { type: 'integer', minimum: 0 }

/** JSON Schema (draft 2020-12) of a `ConformanceReport`. Later versions of the kit may add cases and fields. */
export const conformanceReportSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'insideLLMs conformance report',
  type: 'object',
  required: ['schema', 'package', 'version', 'provider', 'kit', 'core', 'node', 'totals', 'cases'],
  properties: {
    schema: { const: 'insidellms.conformance/1' },
    package: { type: ['string', 'null'], description: "Name of the provider's package." },
    version: { type: ['string', 'null'], description: "Version of the provider's package." },
    provider: {
      type: ['string', 'null'],
      description: 'Type name of the provider; null where no driver could be made.',
    },
    variant: { ...text, description: "Which of the package's drivers, where it has several." },
    kit: { ...text, description: 'Version of @insidellms/conformance.' },
    core: { ...text, description: 'Version of @insidellms/core.' },
    node: { ...text, description: 'Version of Node.js.' },
    date: { ...text, description: 'When it was made: ISO 8601, UTC.' },
    totals: {
      type: 'object',
      required: ['passed', 'failed', 'skipped'],
      properties: { passed: count, failed: count, skipped: count },
    },
    cases: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'group', 'status'],
        properties: {
          id: { ...text, examples: conformanceCases.slice(0, 3).map(({ id }) => id) },
          group: { enum: [...new Set(conformanceCases.map(({ group }) => group))] },
          status: { enum: ['passed', 'failed', 'skipped'] },
          reason: { ...text, description: 'What failed, or why it was skipped.' },
          because: { enum: ['declared', 'no-wire', 'not-applicable'], description: 'Which kind of skip it is.' },
        },
        if: { properties: { status: { const: 'passed' } } },
        else: { required: ['reason'] },
      },
    },
  },
}
