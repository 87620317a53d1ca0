import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Resident memory of a process; 0 when it is gone, or on Windows, where only the engine's own limit holds. */
export async function residentBytes(pid: number): Promise<number> {
  try {
    if (process.platform === 'linux') {
      const kilobytes = /^VmRSS:\s*(\d+)\s*kB/mu.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
      return Number(kilobytes ?? 0) * 1024
    }
    if (process.platform === 'win32') return 0
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
    return Number(stdout.trim()) * 1024
  } catch {
    return 0
  }
}
