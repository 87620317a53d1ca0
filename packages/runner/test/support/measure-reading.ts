// A process of its own for tests of memory: node measure-reading.ts <format> <file> <times> <sample?>
import { readFileSync } from 'node:fs'
import { type FileFormat, fileSource } from '../../src/datasets/file-source.ts'
import { inspectDataset } from '../../src/datasets/inspect-dataset.ts'
import { joinedSource } from '../../src/datasets/joined-source.ts'
import { selectedSource } from '../../src/datasets/selected-source.ts'

const [format, path, times, sample] = process.argv.slice(2) as [FileFormat, string, string, string | undefined]

/** On Linux `maxRSS` begins with the parent's size at the time of the fork, so the kernel's own mark is read instead. */
function peakMb(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024
  } catch {
    return process.resourceUsage().maxRSS / 1024
  }
}

const bareMb = peakMb()
const source = joinedSource(Array(Number(times)).fill(fileSource(format, { path, label: path })), 'large')
const chosen = sample === undefined ? {} : { filter: { level: [1, 2] }, sample: { size: Number(sample), seed: 1 } }
const { count } = await inspectDataset(selectedSource(source, { args: {}, ...chosen }), [])
console.log(JSON.stringify({ count, aboveBareMb: peakMb() - bareMb }))
