// Preloaded into a program that is measured from outside: writes down what its process has cost when it ends.
import { writeFileSync } from 'node:fs'
import { peakRssMb } from '../lib/child.mjs'

process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  writeFileSync(process.env['BENCH_USAGE_FILE'] ?? '', JSON.stringify({ cpuUs: user + system, peakRssMb: peakRssMb() }))
})
