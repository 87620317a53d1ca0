import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { InsideLLMsError, type JsonObject, redactText } from '@insidellms/core'
import type { z } from 'zod'
import {
  configSchema,
  type ConfigFile,
  generationOptions,
  generationSchema,
  judgesSchema,
  type RunConfig,
} from './config-schema.ts'
import { type ConfigPath, type ConfigText, parseConfigText } from './config-text.ts'
import { explainIssue } from './explain-issue.ts'
import { knownKeys } from './known-keys.ts'
import { type ConfigProblem, normaliseConfig } from './normalise-config.ts'

/** A config that is ready to run. */
export interface LoadedConfig {
  config: RunConfig
  /** The same as artifacts show it: no secret in it. */
  shown: JsonObject
  /** Values that must appear in no artifact. */
  secrets: string[]
  /** Relative paths start here. */
  directory: string
  /** Absolute path of the file, when there is one. */
  file?: string
}

/** Whether it has been through `loadConfig` or `parseConfig`. */
export function isLoadedConfig(given: LoadedConfig | ConfigFile): given is LoadedConfig {
  return 'config' in given && 'shown' in given
}

export interface ParseConfigOptions {
  /** Where relative paths start. Default: the working directory. */
  directory?: string
  /** What `${VAR}` reads. Default: `process.env`. */
  environment?: Record<string, string | undefined>
  /**
   * Whether the models are to be asked. Default: true. For a plain replay they are not, and a secret `${VAR}` that is not
   * set is no error.
   */
  asks?: boolean
}

/**
 * Reads a config file: YAML 1.2 or JSON, keys in snake_case or camelCase.
 *
 * @throws {InsideLLMsError} `config`: one sentence per problem, each with file, line and column.
 */
export async function loadConfig(
  path: string,
  options: Omit<ParseConfigOptions, 'directory'> = {},
): Promise<LoadedConfig> {
  const file = resolve(path)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : (error as Error).message
    throw new InsideLLMsError('config', `Cannot read the config ${path}: ${reason}.`, { cause: error })
  }
  return { ...parse(text, path, dirname(file), options), file }
}

/**
 * Checks a config that a program made, or a text of one.
 *
 * @throws {InsideLLMsError} `config`: one sentence per problem.
 */
export function parseConfig(config: ConfigFile | string, options: ParseConfigOptions = {}): LoadedConfig {
  return parse(config, 'config', options.directory ?? process.cwd(), options)
}

function parse(
  given: ConfigFile | string,
  name: string,
  directory: string,
  { environment = process.env, asks = true }: ParseConfigOptions,
): LoadedConfig {
  const text = typeof given === 'string' ? parseConfigText(given.replace(/^\uFEFF/, ''), name) : undefined
  const normal = normaliseConfig(text === undefined ? given : text.value, configSchema, environment, asks)
  const parsed = configSchema.safeParse(normal.value)
  const problems = [
    ...normal.problems,
    ...(parsed.error?.issues ?? []).flatMap((issue) => explainIssue(issue, normal.value, knownKeys)),
    ...argumentProblems(normal.value),
    ...(parsed.success ? shapeProblems(parsed.data) : []),
  ]
  if (problems.length > 0) throw new InsideLLMsError('config', redactText(report(problems, name, text), normal.read))
  return {
    config: unify(parsed.data!),
    shown: unify(configSchema.parse(normal.shown)) as unknown as JsonObject,
    secrets: normal.secrets,
    directory: resolve(directory),
  }
}

/** One line per problem, in the order of the text. */
function report(problems: ConfigProblem[], name: string, text: ConfigText | undefined): string {
  return problems
    .map(({ path, part, message }) => ({ message, at: text?.offset(path, part) ?? 0 }))
    .sort((a, b) => a.at - b.at)
    .map(({ message, at }) => `${text?.place(at) ?? name}: ${message}${/[.?!]$/.test(message) ? '' : '.'}`)
    .join('\n')
}

/** One model and one probe become lists of one. */
function unify({ $schema: _schema, model, models, probe, probes, ...rest }: z.infer<typeof configSchema>): RunConfig {
  return { ...rest, models: models ?? [model!], probes: probes ?? [probe!] }
}

function shapeProblems(config: z.infer<typeof configSchema>): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const [one, many] of [
    ['model', 'models'],
    ['probe', 'probes'],
  ] as const) {
    if (config[one] !== undefined && config[many] !== undefined)
      problems.push({ path: [many], part: 'key', message: `Give ${one} or ${many}, not both` })
    if (config[one] === undefined && config[many] === undefined)
      problems.push({ path: [], part: 'value', message: `${one} is missing: give ${one}, or ${many} for a harness` })
  }
  problems.push(...datasetProblems(config))
  return problems
}

function datasetProblems({ dataset, probe, probes }: z.infer<typeof configSchema>): ConfigProblem[] {
  const all = probes ?? (probe === undefined ? [] : [probe])
  const own = all.filter((one) => one.dataset !== undefined).length
  if (dataset === undefined && own < all.length) {
    const message = 'dataset is missing: give dataset, or one in each probe'
    return [{ path: [], part: 'value', message }]
  }
  if (dataset !== undefined && own > 0 && own === all.length)
    return [
      { path: ['dataset'], part: 'key', message: 'dataset is used by nobody: every probe has its own. Remove it' },
    ]
  return []
}

/** A model's `args` may hold options for every call, a probe's may name judges: they obey the same rules as elsewhere. */
function argumentProblems(root: unknown): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const check = (schema: z.ZodType, value: unknown, path: ConfigPath): void => {
    for (const issue of schema.safeParse(value).error?.issues ?? [])
      problems.push(...explainIssue(issue, root, knownKeys, path))
  }
  const checkModel = (entry: unknown, path: ConfigPath): void => {
    const args = fieldOf(entry, 'args')
    if (typeof args !== 'object' || args === null) return
    const options = Object.fromEntries(Object.entries(args).filter(([key]) => generationOptions.has(key)))
    check(generationSchema, options, [...path, 'args'])
  }
  eachEntry(root, 'model', checkModel)
  eachEntry(root, 'probe', (entry, path) => {
    const args = fieldOf(entry, 'args')
    for (const [name, schema] of [
      ['judge', judgesSchema],
      ['judgeOptions', generationSchema],
    ] as const)
      if (fieldOf(args, name) !== undefined) check(schema, fieldOf(args, name), [...path, 'args', name])
    const judge = fieldOf(args, 'judge')
    if (Array.isArray(judge)) judge.forEach((one, index) => checkModel(one, [...path, 'args', 'judge', index]))
    else checkModel(judge, [...path, 'args', 'judge'])
  })
  return problems
}

/** Every entry of `model` and `models`, or of `probe` and `probes`. */
function eachEntry(root: unknown, name: 'model' | 'probe', visit: (entry: unknown, path: ConfigPath) => void): void {
  visit(fieldOf(root, name), [name])
  const many = fieldOf(root, `${name}s`)
  if (Array.isArray(many)) many.forEach((entry, index) => visit(entry, [`${name}s`, index]))
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
