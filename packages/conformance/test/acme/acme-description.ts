import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProviderDescription } from '../../src/provider-description.ts'
import { AcmeDriver } from './acme-driver.ts'
import { writeAcmePackage } from './acme-package.ts'
import { acmeWire } from './acme-wire.ts'

/** A folder for packages, gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'insidellms-acme-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const goodPackage = writeAcmePackage(temporaryFolder())

export function describeAcme(): ProviderDescription {
  return { createDriver: (target) => new AcmeDriver(target), wire: acmeWire, package: goodPackage }
}
