import { LineCursor } from '../read/line-cursor.ts'
import { decodeString, ObjectScanner } from '../read/scan-record.ts'
import { type LineDigest, LineDigester } from '../artifacts/line-digests.ts'

/** A line that is not as it was written. */
export interface TouchedLine {
  kind: 'touched' | 'removed' | 'added'
  /** In the file as it is; for a removed line, where it would stand. From 1. */
  line: number
  /** Example id of the record or call; absent for a removed line. */
  example?: string
  /** Members that differ, of a touched line; empty where only what stands between them does. */
  fields: string[]
}

/** How far apart the same line is looked for when lines were added or removed. */
const window = 512

interface Actual extends LineDigest {
  number: number
  example: string | undefined
}

/** Compares a file with the digests that were written of it, and says which lines differ, and where. */
export async function* locateTouched(
  path: string,
  digestsPath: string,
  fields: readonly string[],
): AsyncGenerator<TouchedLine> {
  const digester = new LineDigester(fields)
  const names = new ObjectScanner(['example_id'] as const)
  const file = await LineCursor.open(path)
  try {
    const digests = await LineCursor.open(digestsPath)
    try {
      await next(digests)
      const expected: LineDigest[] = []
      const actual: Actual[] = []
      for (;;) {
        while (expected.length <= window && (await next(digests)))
          expected.push(digester.parse(digests.buffer.toString('latin1', digests.start, digests.end)))
        while (actual.length <= window && (await next(file))) {
          const { buffer, start, end, line } = file
          const example = names.scan(buffer, start, end)
            ? decodeString(buffer, names.start('example_id'), names.end('example_id'))
            : undefined
          actual.push({ ...digester.parse(digester.text(buffer, start, end)), number: line, example })
        }
        if (expected.length === 0 && actual.length === 0) return
        yield* compareHeads(expected, actual, file.line)
      }
    } finally {
      await digests.close()
    }
  } finally {
    await file.close()
  }
}

function* compareHeads(expected: LineDigest[], actual: Actual[], lastLine: number): Generator<TouchedLine> {
  const [wanted] = expected
  const [found] = actual
  if (wanted !== undefined && wanted.line === found?.line) {
    expected.shift()
    actual.shift()
    return
  }
  const removed = found === undefined ? expected.length : expected.findIndex((digest) => digest.line === found.line)
  const added = wanted === undefined ? actual.length : actual.findIndex((digest) => digest.line === wanted.line)
  if (removed > 0 && (added === -1 || removed <= added)) {
    for (const _ of expected.splice(0, removed))
      yield { kind: 'removed', line: found?.number ?? lastLine + 1, fields: [] }
  } else if (added > 0) {
    for (const line of actual.splice(0, added)) yield { kind: 'added', ...place(line), fields: [] }
  } else {
    expected.shift()
    actual.shift()
    yield { kind: 'touched', ...place(found!), fields: differing(wanted!, found!) }
  }
}

function place({ number, example }: Actual): { line: number; example?: string } {
  return { line: number, ...(example === undefined ? {} : { example }) }
}

function differing(wanted: LineDigest, found: LineDigest): string[] {
  const names = new Set([...wanted.fields.keys(), ...found.fields.keys()])
  return [...names].filter((name) => wanted.fields.get(name) !== found.fields.get(name))
}

function next(cursor: LineCursor): boolean | Promise<boolean> {
  return cursor.step() || cursor.fill()
}
