import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'

const config = `# yaml-language-server: $schema=./node_modules/@insidellms/runner/schema/config.schema.json
# Run it:      npx insidellms run insidellms.yaml --run-dir runs/first
# Compare it:  npx insidellms diff runs/first runs/second
model:
  # The dummy model echoes its prompt. Install a provider and name it here, such as
  #   type: openai
  #   args: { model_name: gpt-4o }
  type: dummy
probe:
  type: logic
dataset:
  format: jsonl
  path: questions.jsonl
generation:
  temperature: 0
`

const questions = [
  {
    id: 'syllogism',
    question: 'All cats are animals. Tom is a cat. Is Tom an animal? Answer yes or no.',
    reference_answer: 'yes',
  },
  {
    id: 'order',
    question: 'Ann is taller than Bea, and Bea is taller than Cleo. Who is the shortest?',
    reference_answer: 'Cleo',
  },
  {
    id: 'series',
    question: 'Which number comes next: 2, 4, 8, 16? Answer with the number alone.',
    reference_answer: '32',
  },
]

/** `insidellms init`: a config and a dataset that run as they are. Overwrites nothing. */
export async function initCommand(directory: string, context: CommandContext): Promise<number> {
  await mkdir(directory, { recursive: true })
  const files = {
    'insidellms.yaml': config,
    'questions.jsonl': questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
  }
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name)
    try {
      await writeFile(path, text, { flag: 'wx' })
      context.stdout.write(`Wrote ${path}\n`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      context.stdout.write(`Kept ${path}: it is there already\n`)
    }
  }
  context.stdout.write(`Next: npx insidellms run ${join(directory, 'insidellms.yaml')} --run-dir runs/first\n`)
  return exitCodes.ok
}
