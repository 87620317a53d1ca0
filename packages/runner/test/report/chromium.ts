import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** A browser that is installed here: `CHROMIUM_PATH`, or where Linux distributions put it. */
export const chromiumPath: string | undefined = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path))

export function launchChromium(): Promise<Browser> {
  // Root cannot use the sandbox; the pages are our own.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: chromiumPath!, args })
}
