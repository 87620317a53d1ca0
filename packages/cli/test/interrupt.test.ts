import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { config, inProject } from './support.ts'

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

// Windows has no signals to send to another process: a Ctrl-C there cannot be played by a test.
describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  it('stops cleanly, keeps what is done, and ends with 130', async () => {
    const items = Array.from(
      { length: 500 },
      (_, index) => `{"id":"${index}","question":"Is it so?","reference_answer":"yes"}\n`,
    )
    const slow = config('yes').replace('response: "yes"', 'response: "yes", delay_ms: 20')
    await inProject({ 'a.yaml': `${slow}concurrency: 2\n`, 'data.jsonl': items.join('') }, async (directory) => {
      const runDir = join(directory, 'run')
      const child = spawn(
        process.execPath,
        [bin, '--no-plugins', 'run', join(directory, 'a.yaml'), '--run-dir', runDir],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
      await expect
        .poll(async () => (await readFile(join(runDir, '.insidellms_run')).catch(() => '')).length, { timeout: 20_000 })
        .toBeGreaterThan(0)
      await new Promise((resolve) => setTimeout(resolve, 600))
      child.kill('SIGINT')
      expect(await exited).toBe(130)
      expect(output).toContain('what is done is kept')
      expect(output).toMatch(/Stopped: \d+ of 500 items/)
      const lines = (await readFile(join(runDir, 'records.jsonl'), 'utf8')).split('\n')
      expect(lines.pop()).toBe('')
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) expect(JSON.parse(line)).toMatchObject({ status: 'success' })
    })
  })
})
