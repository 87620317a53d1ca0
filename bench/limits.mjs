/**
 * What the measurements must stay within. `node run.mjs --check` holds the results against it.
 *
 * @typedef {object} Limit
 * @property {string} target
 * @property {string} suite
 * @property {RegExp} scenario
 * @property {string} name The contender.
 * @property {string} metric
 * @property {import('./lib/results.mjs').Comparison} [show] Default: `median`.
 * @property {string} [against] Default: the scenario's baseline.
 * @property {number} [most]
 * @property {number} [least]
 */

const others = ['anthropic', 'cohere', 'gemini', 'ollama']

/** @type {Limit[]} */
export const limits = [
  {
    target: 'generate: CPU per call, x openai SDK, 64 at once',
    suite: 'concurrent',
    scenario: /^openai/,
    name: 'insidellms',
    metric: 'cpuUs',
    show: 'ratio',
    most: 0.7,
  },
  {
    target: 'generate: requests per second, x AI SDK 7, 64 at once',
    suite: 'concurrent',
    scenario: /^openai/,
    name: 'insidellms',
    metric: 'perSecond',
    show: 'ratio',
    against: 'ai-sdk',
    least: 1.7,
  },
  {
    target: 'one stream: CPU per chunk, x openai SDK',
    suite: 'stream',
    scenario: /^openai, one stream of 2,000 chunks$/,
    name: 'insidellms',
    metric: 'cpuUs',
    show: 'ratio',
    most: 1.1,
  },
  {
    target: '200 streams at once: CPU per chunk, x openai SDK',
    suite: 'stream',
    scenario: /^openai, 200 streams/,
    name: 'insidellms',
    metric: 'cpuUs',
    show: 'ratio',
    most: 1.1,
  },
  {
    target: 'import @insidellms/core: ms over bare node',
    suite: 'import',
    scenario: /^a process/,
    name: '@insidellms/core',
    metric: 'wallMs',
    show: 'difference',
    most: 5,
  },
  {
    target: 'insidellms --help: ms over bare node',
    suite: 'import',
    scenario: /^a process/,
    name: 'insidellms --help',
    metric: 'wallMs',
    show: 'difference',
    most: 80,
  },
  {
    target: 'discovery over 200 dependencies: ms',
    suite: 'import',
    scenario: /^discovery/,
    name: 'registry.discover()',
    metric: 'ms',
    most: 15,
  },
  {
    target: 'modules of the vendor SDK before the first call',
    suite: 'import',
    scenario: /^modules/,
    name: 'openai',
    metric: 'before',
    most: 0,
  },
  {
    target: 'a run: items per second, x a loop over the openai SDK',
    suite: 'run',
    scenario: /^openai/,
    name: 'insidellms',
    metric: 'perSecond',
    show: 'ratio',
    least: 1.2,
  },
  {
    target: 'a run: CPU, x a loop over the openai SDK',
    suite: 'run',
    scenario: /^openai/,
    name: 'insidellms',
    metric: 'cpuPerThousand',
    show: 'ratio',
    most: 0.9,
  },
  {
    target: 'a run: peak RSS in MB',
    suite: 'run',
    scenario: /^openai/,
    name: 'insidellms',
    metric: 'peakRssMb',
    most: 200,
  },
  ...others.flatMap((vendor) => [
    noMoreThanSdk(`${vendor}: CPU per call, x its SDK, 64 at once`, 'concurrent', new RegExp(`^${vendor}`)),
    noMoreThanSdk(
      `${vendor}: CPU per chunk, x its SDK`,
      'stream',
      new RegExp(`^${vendor}, one stream of 2,000 chunks$`),
    ),
  ]),
  ...['validate', 'verify'].map((name) => ({
    target: `${name}: MB per second`,
    suite: 'evidence',
    scenario: /records/,
    name,
    metric: 'perSecond',
    least: 150,
  })),
  ...['jsonl', 'json', 'csv', 'parquet'].map((name) => ({
    target: `${name} dataset: MB above the bare process`,
    suite: 'dataset',
    scenario: /first 10$/,
    name,
    metric: 'aboveBareMb',
    most: 100,
  })),
]

/**
 * @param {string} target
 * @param {string} suite
 * @param {RegExp} scenario
 * @returns {Limit}
 */
function noMoreThanSdk(target, suite, scenario) {
  return { target, suite, scenario, name: 'insidellms', metric: 'cpuUs', show: 'ratio', most: 1.05 }
}
