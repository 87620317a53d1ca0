import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'

/** A file system of its own, of so many bytes; gone after the test. */
export class Tmpfs {
  readonly directory: string

  constructor(directory: string, bytes: number) {
    this.directory = directory
    mkdirSync(directory, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory])
    onTestFinished(() => void execFileSync('umount', ['-l', directory]))
  }

  /** @param options As `mount -o` takes them: `ro`, `rw`, `size=...`. */
  remount(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.directory])
  }
}
