import { z } from 'zod'
import { datasetSchema } from './dataset-schema.ts'
import { settingsSchema } from './settings-schema.ts'

const positive = z.int().min(1)
const count = z.int().min(0)

const toolSchema = z.strictObject({
  name: z.string(),
  description: z.string().exactOptional(),
  parameters: settingsSchema.describe('JSON Schema of the arguments.'),
  strict: z.boolean().exactOptional(),
})

const responseFormatSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json') }),
  z.strictObject({
    type: z.literal('json_schema'),
    schema: settingsSchema,
    name: z.string().exactOptional(),
    description: z.string().exactOptional(),
    strict: z.boolean().exactOptional(),
  }),
])

/** Core's `GenerateOptions`, as far as a file can hold them. */
export const generationSchema = z
  .strictObject({
    temperature: z.number().exactOptional().describe('Randomness of sampling; 0 asks for the most likely token.'),
    topP: z.number().exactOptional().describe('Nucleus sampling: the probability mass to sample from, 0 to 1.'),
    topK: count.exactOptional().describe('Sample from this many most likely tokens.'),
    maxTokens: count.exactOptional().describe('The most tokens to generate.'),
    stop: z
      .union([z.string(), z.array(z.string())])
      .exactOptional()
      .describe('Texts that end the answer.'),
    seed: z.int().exactOptional().describe('Asks for repeatable sampling. Repeat r of an item is asked with seed + r.'),
    presencePenalty: z.number().exactOptional(),
    frequencyPenalty: z.number().exactOptional(),
    logprobs: z.boolean().exactOptional().describe('Ask for the log probability of every generated token.'),
    topLogprobs: count.exactOptional().describe('How many alternatives to report per token; needs logprobs.'),
    responseFormat: responseFormatSchema.exactOptional(),
    tools: z.array(toolSchema).exactOptional(),
    toolChoice: z.union([z.enum(['auto', 'none', 'required']), z.strictObject({ name: z.string() })]).exactOptional(),
    reasoning: z
      .strictObject({
        effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).exactOptional(),
        budgetTokens: count.exactOptional(),
      })
      .exactOptional(),
    timeoutMs: z.number().positive().exactOptional().describe('Milliseconds for one attempt. Default: 600000.'),
    providerOptions: settingsSchema
      .exactOptional()
      .describe("Put on the wire verbatim, at the top level of the vendor's request body."),
    onUnsupported: z
      .enum(['warn', 'error'])
      .exactOptional()
      .describe('What to do with an option that the model does not support. Default: error.'),
  })
  .meta({ id: 'generation' })

const rateLimitSchema = z
  .strictObject({
    requestsPerMinute: z.number().positive().exactOptional(),
    tokensPerMinute: z.number().positive().exactOptional(),
  })
  .describe('Begin calls no faster than the vendor allows.')

const type = z.string().min(1)

const modelObject = z
  .strictObject({
    type: type.describe(
      'A provider such as openai, an id such as openai:gpt-4o, or the path of a module (./my-model.js).',
    ),
    name: z.string().min(1).exactOptional().describe("What it is called in the run. Default: the model's own id."),
    args: settingsSchema.default({}).describe('Settings of the provider, and options for every call.'),
    rateLimit: rateLimitSchema.exactOptional(),
  })
  .meta({ id: 'model' })

/** `openai:gpt-4o` is the same as `{ type: openai:gpt-4o }`. */
const modelSchema = z.union([type.transform((id) => modelObject.parse({ type: id })), modelObject])

/** `judge` of a probe's `args`: the model or the models that grade. */
export const judgesSchema = z.union([modelSchema, z.array(modelSchema).min(1)])

const probeObject = z
  .strictObject({
    type: type.describe('A probe such as logic, or the path of a module (./my-probe.js).'),
    name: z.string().min(1).exactOptional().describe("What it is called in the run. Default: the probe's own name."),
    args: settingsSchema.default({}).describe('Settings of the probe.'),
    generation: generationSchema
      .default({})
      .describe("Options for this probe's calls; they go before the general ones."),
    dataset: datasetSchema.exactOptional().describe("What this probe asks. Default: the run's dataset."),
  })
  .meta({ id: 'probe' })

const probeSchema = z.union([type.transform((id) => probeObject.parse({ type: id })), probeObject])

/** What a config file holds, names in camelCase. */
export const configSchema = z.strictObject({
  $schema: z.string().exactOptional(),
  model: modelSchema.exactOptional(),
  models: z.array(modelSchema).min(1).exactOptional().describe('Several models make a harness.'),
  probe: probeSchema.exactOptional(),
  probes: z.array(probeSchema).min(1).exactOptional().describe('Every model is asked by every probe.'),
  dataset: datasetSchema.exactOptional().describe('What every probe asks that has no dataset of its own.'),
  generation: generationSchema.default({}).describe('Options for every call. Nothing is sent that is not given.'),
  repeats: positive.default(1).describe('How often each item is asked, each time by a call of its own.'),
  maxExamples: positive.exactOptional().describe('Use only the first items of each dataset.'),
  concurrency: positive.max(4096).default(8).describe('Calls in flight at once.'),
  plugins: z.array(z.string()).exactOptional().describe('The only packages to load as plugins.'),
  outputDir: z
    .string()
    .min(1)
    .exactOptional()
    .describe("The run directory, relative to this config's folder. Default: a folder named by the run id."),
  confidenceLevel: z.number().gt(0).lt(1).default(0.95).describe('Of the intervals in summary.json.'),
  reportTitle: z.string().exactOptional(),
})

export type ConfigFile = z.input<typeof configSchema>
export type ModelEntry = z.infer<typeof modelObject>
export type ProbeEntry = z.infer<typeof probeObject>
export type DatasetEntry = z.infer<typeof datasetSchema>
export type Generation = z.infer<typeof generationSchema>

/** A config with every default filled in; one model and one probe are lists of one. */
export interface RunConfig extends Omit<
  z.infer<typeof configSchema>,
  '$schema' | 'model' | 'models' | 'probe' | 'probes'
> {
  models: ModelEntry[]
  probes: ProbeEntry[]
}

/** The options of `generationSchema`, which a model's `args` may hold too. */
export const generationOptions: ReadonlySet<string> = new Set(Object.keys(generationSchema.shape))
