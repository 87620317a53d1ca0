import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The key that every test's models are given, by the variable EVIDENCE_KEY. */
export const plantedKey = 'sk-planted/1234+56=?"\\7890'

/** A directory with a config and a dataset; gone after the test. */
export interface Study {
  directory: string
  config: string
  /** A path in it. */
  at(name: string): string
}

export interface StudyOptions {
  /** As the config has it. */
  model: object
  items: number
  more?: Record<string, unknown>
}

export function study({ model, items, more = {} }: StudyOptions): Study {
  const directory = scratch()
  const at = (name: string): string => join(directory, name)
  writeFileSync(at('data.jsonl'), Array.from({ length: items }, (_, number) => item(number)).join(''))
  const probe = fileURLToPath(new URL('asking-probe.mjs', import.meta.url))
  writeFileSync(at('study.json'), JSON.stringify({ model, probe, dataset: { path: 'data.jsonl' }, ...more }))
  return { directory, config: at('study.json'), at }
}

function item(number: number): string {
  const prompt = `question ${number}`
  return `${JSON.stringify({ id: `q${number}`, prompt, number, reference: answerTo(prompt) })}\n`
}

/** What a server of these tests answers when it behaves. */
export function answerTo(prompt: string): string {
  return `The answer to ${prompt} is ✓ 😀`
}

export function numberOf(prompt: string): number {
  return Number(prompt.split(' ')[1])
}

export function openai(origin: string, args: object = {}): object {
  return {
    type: 'openai',
    args: { model_name: 'gpt-4o-2024-08-06', base_url: `${origin}/v1`, api_key: '${EVIDENCE_KEY}', ...args },
  }
}

export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'insidellms-evidence-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** SHA-256 of what must be the same each time. */
export function digests(runDir: string): { records: string; summary: string } {
  const of = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(runDir, name)))
      .digest('hex')
  return { records: of('records.jsonl'), summary: of('summary.json') }
}

/** The lines of a file that were written to their ends. */
export function wholeLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
