import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSurroundings, relativePlace } from '../src/artifacts/surroundings.ts'
import { put, scratch } from './support/scratch.ts'

function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'])
    return true
  } catch {
    return false
  }
}

describe('what a run was made in', () => {
  test.skipIf(!hasGit())('the commit, and whether tracked files differ from it (needs git)', async () => {
    const directory = scratch()
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', directory, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        encoding: 'utf8',
      })
    git('init', '-q')
    expect(await readSurroundings(directory, directory)).toEqual({})
    put(directory, 'a.txt', '1')
    git('add', '.')
    git('commit', '-q', '-m', 'one')
    const commit = git('rev-parse', 'HEAD').trim()
    put(directory, 'untracked.txt', '1')
    expect(await readSurroundings(directory, directory)).toEqual({ git: { commit, dirty: false } })
    put(directory, 'a.txt', '2')
    expect(await readSurroundings(directory, directory)).toEqual({ git: { commit, dirty: true } })
  })

  test('the nearest lockfile above', async () => {
    const directory = scratch()
    put(directory, 'pnpm-lock.yaml', 'lock')
    mkdirSync(join(directory, 'packages', 'one'), { recursive: true })
    expect((await readSurroundings(directory, join(directory, 'packages', 'one')))['lockfile']).toEqual({
      name: 'pnpm-lock.yaml',
      sha256: createHash('sha256').update('lock').digest('hex'),
    })
  })

  test('places are told without naming the machine', () => {
    expect(relativePlace(join('/home', 'ada', 'runs', 'a'), join('/home', 'ada'))).toBe('../..')
    expect(relativePlace('/a', '/a')).toBe('.')
  })
})
