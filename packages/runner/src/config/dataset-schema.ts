import { z } from 'zod'
import { settingsSchema } from './settings-schema.ts'

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const limit = z.union([z.number(), z.string()])

const conditionSchema = z.union([
  scalar,
  z.array(scalar).min(1),
  z.strictObject({
    not: z
      .union([scalar, z.array(scalar).min(1)])
      .exactOptional()
      .describe('Neither this value nor one of this list.'),
    gt: limit.exactOptional().describe('Greater than.'),
    gte: limit.exactOptional().describe('Greater or equal.'),
    lt: limit.exactOptional().describe('Less than.'),
    lte: limit.exactOptional().describe('Less or equal.'),
  }),
])

/** By field: a value, a list that it is one of, or comparisons. The fields are the dataset's and keep their spelling. */
const filterSchema = z
  .object({})
  .catchall(conditionSchema)
  .describe(
    'Use only the rows that meet every condition: { split: test, level: [1, 2], score: { gte: 0.5 } }. Dots lead into objects.',
  )

const sampleSchema = z
  .strictObject({
    size: z.int().min(1).describe('How many rows.'),
    seed: z.int().default(0).describe('Another seed chooses other rows.'),
  })
  .describe('Use only rows that are chosen at random, behind the filter and in their order.')

export const datasetSchema = z.strictObject({
  format: z
    .string()
    .min(1)
    .exactOptional()
    .describe(
      "jsonl, json, csv, parquet, huggingface, or a format that a plugin provides. Default: the file's ending.",
    ),
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .exactOptional()
    .describe(
      "The file or files, relative to this config's folder; data/*.jsonl is a pattern. With huggingface: files of the repository.",
    ),
  name: z
    .string()
    .exactOptional()
    .describe('The id in records. Default: the path as written here. With huggingface: owner/dataset.'),
  version: z.string().exactOptional(),
  config: z.string().min(1).exactOptional().describe("With huggingface: the dataset's config (subset)."),
  split: z.string().exactOptional().describe('With huggingface: the split, such as test.'),
  revision: z
    .string()
    .exactOptional()
    .describe('With huggingface: a commit, branch or tag; what is recorded is the commit. Default: main.'),
  filter: filterSchema.exactOptional(),
  sample: sampleSchema.exactOptional(),
  provenance: z.string().exactOptional().describe('Where it comes from. Default: the format.'),
  hash: z
    .string()
    .regex(/^(sha256:)?[0-9a-f]{64}$/, 'must be sha256: and 64 lowercase hex digits')
    .exactOptional()
    .describe('Refuse to run when the files have another SHA-256.'),
  args: settingsSchema.default({}).describe("Settings of a plugin's format."),
})

export type DatasetFilter = z.infer<typeof filterSchema>
export type FieldCondition = z.infer<typeof conditionSchema>
