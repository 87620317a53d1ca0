/**
 * What one scenario measured. Sample i of one contender belongs to the same round as sample i of any other.
 *
 * @typedef {object} Result
 * @property {string} suite
 * @property {string} scenario
 * @property {string} baseline Name of the contender that the others are held against.
 * @property {Column[]} columns
 * @property {Measured[]} contenders
 *
 * @typedef {object} Measured
 * @property {string} name
 * @property {Record<string, number[]>} samples By metric.
 * @property {string} [failed] Why it was left out.
 *
 * @typedef {object} Column
 * @property {string} title
 * @property {string} metric
 * @property {Comparison} [show] Default: `median`.
 * @property {number} [digits] Default: 0.
 *
 * @typedef {'median' | 'ratio' | 'difference'} Comparison
 */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/**
 * A ratio or a difference is taken within each round and then its median: a slow minute of the machine hits both sides.
 *
 * @param {Result} result
 * @param {string} name
 * @param {string} metric
 * @param {Comparison} [comparison]
 * @param {string} [against] Default: the baseline.
 */
export function valueOf(result, name, metric, comparison = 'median', against = result.baseline) {
  const own = samplesOf(result, name, metric)
  if (comparison === 'median') return median(own)
  const others = samplesOf(result, against, metric)
  return median(
    own.map((value, round) => {
      const other = others[round] ?? Number.NaN
      return comparison === 'ratio' ? value / other : value - other
    }),
  )
}

/**
 * @param {Result} result
 * @param {string} name
 * @param {string} metric
 */
function samplesOf(result, name, metric) {
  return result.contenders.find((contender) => contender.name === name)?.samples[metric] ?? []
}

/**
 * Lets the contenders take turns, so that a busy minute of the machine is shared by all. One that fails is left out.
 *
 * @param {string[]} names
 * @param {number} rounds
 * @param {(name: string) => Promise<Record<string, number>>} measure
 * @returns {Promise<Measured[]>}
 */
export async function takeTurns(names, rounds, measure) {
  /** @type {Measured[]} */
  const measured = names.map((name) => ({ name, samples: {} }))
  for (let round = 0; round < rounds; round++)
    for (const contender of measured) {
      if (contender.failed !== undefined) continue
      try {
        for (const [metric, value] of Object.entries(await measure(contender.name)))
          (contender.samples[metric] ??= []).push(value)
      } catch (error) {
        contender.failed = String(error)
      }
    }
  return measured
}

/** @param {Result} result */
export function printResult(result) {
  const rows = result.contenders
    .filter(({ failed }) => failed === undefined)
    .map(({ name }) => [
      name,
      ...result.columns.map(({ metric, show, digits = 0 }) => {
        const value = valueOf(result, name, metric, show)
        return Number.isNaN(value) ? '' : value.toFixed(digits)
      }),
    ])
  console.log(`\n**${result.suite}**: ${result.scenario}\n`)
  printTable(['', ...result.columns.map(({ title }) => title)], rows)
  for (const { name, failed } of result.contenders) if (failed !== undefined) console.log(`\n${name} failed: ${failed}`)
}

/**
 * A Markdown table that can be read as it is: the first column to the left, numbers to the right.
 *
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function printTable(head, rows) {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  /** @param {string[]} cells */
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  console.log([head, rule, ...rows].map(line).join('\n'))
}
