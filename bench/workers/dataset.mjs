// Writes a large dataset, or runs a few of its rows, in a process of its own.
import { closeSync, openSync, writeSync } from 'node:fs'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { run } from '@insidellms/runner'
import { fileWriter, parquetWriteRows } from 'hyparquet-writer'
import { answerTo, measure, peakRssMb } from '../lib/child.mjs'

/** @typedef {{ id: string, question: string, answer: string, level: number }} Row */

answerTo({
  /** @param {{ path: string, items: number }} job */
  async write({ path, items }) {
    if (path.endsWith('.parquet')) await writeParquet(path, items)
    else writeText(path, items)
  },

  bare: () => peakRssMb(),

  /** @param {{ path: string, runDir: string, choice: { maxExamples?: number } }} job */
  read({ path, runDir, choice: { maxExamples, ...dataset } }) {
    const registry = new PluginRegistry()
    registry.use(builtinProbes)
    const config = {
      model: 'dummy',
      probe: 'factuality',
      dataset: { path, ...dataset },
      ...(maxExamples && { maxExamples }),
    }
    return measure(async () => {
      const { total } = await run(config, { registry, runDir })
      if (total !== 10) throw new Error(`${total} rows of 10.`)
    })
  },
})

/** @param {number} items */
function* rows(items) {
  for (let index = 0; index < items; index++)
    yield {
      id: `q${index}`,
      question: `Question ${index}: what is the capital of France, and how far is it from here?`,
      answer: 'Paris',
      level: index % 5,
    }
}

/**
 * @param {string} path
 * @param {number} items
 */
async function writeParquet(path, items) {
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: rows(items),
    columns: [
      { name: 'id', type: 'STRING' },
      { name: 'question', type: 'STRING' },
      { name: 'answer', type: 'STRING' },
      { name: 'level', type: 'INT32' },
    ],
    rowGroupSize: path.includes('one-group') ? items : 10_000,
  })
}

/**
 * @param {string} path
 * @param {number} items
 */
function writeText(path, items) {
  const { head, line, tail } = /** @type {typeof texts.csv} */ (
    texts[/** @type {keyof typeof texts} */ (path.split('.').at(-1))]
  )
  const file = openSync(path, 'w')
  let text = head
  for (const row of rows(items)) {
    text += line(row)
    if (text.length < 1 << 16) continue
    writeSync(file, text)
    text = ''
  }
  writeSync(file, text + tail)
  closeSync(file)
}

const texts = {
  jsonl: { head: '', line: (/** @type {Row} */ row) => `${JSON.stringify(row)}\n`, tail: '' },
  json: {
    head: '[',
    line: (/** @type {Row} */ row) => `${row.id === 'q0' ? '' : ','}\n${JSON.stringify(row)}`,
    tail: '\n]\n',
  },
  csv: {
    head: 'id,question,answer,level\n',
    line: (/** @type {Row} */ { id, question, answer, level }) => `${id},"${question}",${answer},${level}\n`,
    tail: '',
  },
}
