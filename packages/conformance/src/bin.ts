#!/usr/bin/env node
import { runCommand } from './command.ts'

const code = await runCommand(process.argv.slice(2), process.cwd(), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
})
// A driver under test may have left something that would keep the process alive.
process.stdout.write('', () => process.exit(code))
