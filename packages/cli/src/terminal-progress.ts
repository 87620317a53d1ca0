import type { RunProgress } from '@insidellms/runner'
import type { CliStreams } from './command-context.ts'

const lineEveryMs = 10_000

/** Shows how a run goes: one line that redraws itself on a terminal, a plain line every ten seconds elsewhere. */
export class TerminalProgress {
  readonly #out: CliStreams['stderr']
  readonly #isTerminal: boolean
  #shownAt = performance.now()
  #drawn = false

  constructor({ stderr }: CliStreams) {
    this.#out = stderr
    this.#isTerminal = stderr.isTTY === true && process.env['TERM'] !== 'dumb'
  }

  readonly show = (progress: RunProgress): void => {
    const now = performance.now()
    if (!this.#isTerminal && now - this.#shownAt < lineEveryMs) return
    this.#shownAt = now
    const line = progressLine(progress, this.#isTerminal ? (this.#out.columns ?? 80) : undefined)
    this.#out.write(this.#isTerminal ? `\r\u001b[K${line}` : `${line}\n`)
    this.#drawn = true
  }

  /** Takes the redrawn line away, so that what comes next starts on a clean one. */
  end(): void {
    if (this.#isTerminal && this.#drawn) this.#out.write('\r\u001b[K')
  }
}

/** @param width Columns to fill with a bar; undefined for a plain line. */
export function progressLine(progress: RunProgress, width?: number): string {
  const { done, total, errors, rate, etaMs } = progress
  const tokens = progress.inputTokens + progress.outputTokens
  const facts = [
    `${done}/${total}`,
    rate === 0 ? '' : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`,
    etaMs === undefined ? '' : `${duration(etaMs)} left`,
    errors === 0 ? '' : `${errors} ${errors === 1 ? 'error' : 'errors'}`,
    tokens === 0 ? '' : `${compact(tokens)} tokens`,
  ]
  const text = facts.filter(Boolean).join(' · ')
  if (width === undefined || total === 0) return text
  const room = Math.min(30, width - text.length - 4)
  if (room < 5) return text
  const filled = Math.round((done / total) * room)
  return `[${'█'.repeat(filled)}${'░'.repeat(room - filled)}] ${text}`
}

function compact(count: number): string {
  if (count < 10_000) return String(count)
  return count < 1_000_000 ? `${Math.round(count / 1000)}k` : `${(count / 1_000_000).toFixed(1)}M`
}

/** Such as `42s`, `3m 05s`, `2h 10m`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}
