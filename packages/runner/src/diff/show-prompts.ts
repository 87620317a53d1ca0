import { LineCursor } from '../read/line-cursor.ts'
import { type ExactValue, exactText, parseExact } from '../read/exact-json.ts'
import type { RunDirectory } from '../read/open-run.ts'
import type { RecordKey } from '../read/record-view.ts'
import { decodeString, ObjectScanner } from '../read/scan-record.ts'
import type { ItemDiff } from './diff-report.ts'
import { promptHash } from './record-causes.ts'

/** Items whose prompts are looked up: a page of them shows what moved. */
const mostItems = 100
/** Of a prompt, around its first difference. */
const before = 40
const mostCharacters = 400

/**
 * Puts the words of prompts in the place of their hashes, where a probe worded the same item differently: they stand in
 * calls.jsonl. Nothing is read where no such item is listed, or where a run has no calls.
 */
export async function showPrompts(
  items: readonly ItemDiff[],
  baseline: RunDirectory,
  candidate: RunDirectory,
): Promise<void> {
  const moved = items.filter(({ causes }) => causes.some(({ name }) => name === promptHash)).slice(0, mostItems)
  if (moved.length === 0 || baseline.callsPath === undefined || candidate.callsPath === undefined) return
  const keys = new Set(moved.map(({ key }) => keyText(key)))
  const texts = {
    baseline: await readPrompts(baseline.callsPath, keys),
    candidate: await readPrompts(candidate.callsPath, keys),
  }
  for (const item of moved) {
    const from = texts.baseline.get(keyText(item.key))
    const to = texts.candidate.get(keyText(item.key))
    if (from === undefined || to === undefined || from === to) continue
    const start = Math.max(0, firstDifference(from, to) - before)
    item.causes = item.causes.map((cause) =>
      cause.name === promptHash
        ? { name: 'prompt.words', baseline: cut(from, start), candidate: cut(to, start) }
        : cause,
    )
  }
}

/** The messages of every call of the wanted items, in the order of the calls. */
async function readPrompts(path: string, keys: ReadonlySet<string>): Promise<Map<string, string>> {
  const scanner = new ObjectScanner(['model', 'probe', 'example_id', 'repeat', 'messages'] as const)
  const prompts = new Map<string, string>()
  const cursor = await LineCursor.open(path)
  try {
    while (cursor.step() || (await cursor.fill())) {
      const { buffer, start, end } = cursor
      if (!scanner.scan(buffer, start, end)) continue
      const text = (name: 'model' | 'probe' | 'example_id'): string =>
        decodeString(buffer, scanner.start(name), scanner.end(name)) ?? ''
      const repeat = Number(buffer.toString('latin1', scanner.start('repeat'), scanner.end('repeat'))) || 0
      const key = keyText({ model: text('model'), probe: text('probe'), example: text('example_id'), repeat })
      if (!keys.has(key) || scanner.start('messages') === -1) continue
      const messages = promptText(
        parseExact(buffer.toString('utf8', scanner.start('messages'), scanner.end('messages'))),
      )
      const earlier = prompts.get(key)
      prompts.set(key, earlier === undefined ? messages : `${earlier}\n${messages}`)
    }
  } finally {
    await cursor.close()
  }
  return prompts
}

function promptText(messages: ExactValue): string {
  return (Array.isArray(messages) ? messages : [])
    .map((message) => {
      if (!(message instanceof Map)) return exactText(message)
      const content = message.get('content') ?? null
      return `${String(message.get('role'))}: ${typeof content === 'string' ? content : exactText(content)}`
    })
    .join('\n')
}

function keyText({ model, probe, example, repeat }: RecordKey): string {
  return JSON.stringify([model, probe, example, repeat])
}

function firstDifference(a: string, b: string): number {
  let same = 0
  while (same < a.length && a[same] === b[same]) same += 1
  return same
}

function cut(text: string, start: number): string {
  return `${start > 0 ? '… ' : ''}${text.slice(start, start + mostCharacters)}${start + mostCharacters < text.length ? ' …' : ''}`
}
