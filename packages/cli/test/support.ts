import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { main } from '../src/main.ts'

/** Runs one command line in this process. */
export async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = new TextSink()
  const stderr = new TextSink()
  const code = await main(args, { stdout, stderr })
  return { code, out: stdout.text, err: stderr.text }
}

class TextSink extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** A project with files in it; gone after `use`. */
export async function inProject<T>(files: Record<string, string>, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'insidellms-cli-'))
  try {
    await writeFile(join(directory, 'package.json'), '{ "name": "project", "private": true }')
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

export const questions = [
  { id: 'a', question: 'All cats are animals. Tom is a cat. Is Tom an animal?', reference_answer: 'yes' },
  { id: 'b', question: 'Is the sun cold?', reference_answer: 'no' },
]

export const dataset: string = questions.map((question) => `${JSON.stringify(question)}\n`).join('')

export function config(response: string): string {
  return `model: { type: dummy, args: { response: "${response}" } }
probe: { type: logic }
dataset: { format: jsonl, path: data.jsonl }
`
}
