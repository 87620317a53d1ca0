// Prints the model card's table: held-out accuracy by family of each GGUF file, as llama.cpp runs it.
// pnpm build, then: node training/score-variants.mjs
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { TinyModel, tinyModelPath, tinyVariants } from '../dist/index.js'

const questions = readFileSync(new URL('held-out.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const families = [...new Set(questions.map(({ family }) => family))]

const columns = {}
for (const modelName of tinyVariants) {
  await using model = new TinyModel({ modelName, temperature: 0, maxTokens: 32 })
  const right = Object.fromEntries(families.map((family) => [family, 0]))
  for (const { family, question, answer } of questions)
    if ((await model.generate(question)).trim() === answer) right[family]++
  columns[modelName] = right
}

console.log(`| family | held-out questions | ${tinyVariants.join(' | ')} |`)
console.log(`|---|---|${tinyVariants.map(() => '---|').join('')}`)
for (const family of families) {
  const asked = questions.filter((question) => question.family === family).length
  const shares = tinyVariants.map((variant) => `${((columns[variant][family] / asked) * 100).toFixed(1)} %`)
  console.log(`| ${family} | ${asked} | ${shares.join(' | ')} |`)
}
console.log()
for (const variant of tinyVariants) {
  const path = tinyModelPath(variant)
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
  console.log(`| ${variant} | ${(statSync(path).size / 1e6).toFixed(2)} MB | \`${hash}\` |`)
}
