import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface AcmePackage {
  manifest?: object
  /** The plugin's entry file. */
  plugin?: string
  /** A module beside the package. */
  outside?: string
}

const goodPlugin = `export default {
  name: 'insidellms-provider-acme',
  apiVersion: 1,
  register({ models }) { models.register('acme', () => import('acme-sdk')) },
}
`

/** Writes a provider's package as it would be installed, its vendor's SDK included, and says where. */
export function writeAcmePackage(place: string, parts: AcmePackage = {}): string {
  const { manifest = {}, plugin = goodPlugin, outside } = parts
  const folder = join(place, 'insidellms-provider-acme')
  const sdk = join(folder, 'node_modules', 'acme-sdk')
  mkdirSync(sdk, { recursive: true })
  writeFileSync(
    join(sdk, 'package.json'),
    '{ "name": "acme-sdk", "version": "1.0.0", "type": "module", "main": "index.js" }',
  )
  writeFileSync(join(sdk, 'index.js'), 'export const sdk = true\n')
  writeFileSync(join(folder, 'plugin.js'), plugin)
  if (outside !== undefined) writeFileSync(join(place, 'outside.js'), outside)
  const complete = {
    name: 'insidellms-provider-acme',
    version: '1.2.3',
    type: 'module',
    keywords: ['insidellms-plugin'],
    dependencies: { 'acme-sdk': '^1.0.0' },
    peerDependencies: { '@insidellms/core': '^1.0.0' },
    insidellms: { apiVersion: 1, plugin: './plugin.js', provides: { models: ['acme'], probes: [], datasets: [] } },
    ...manifest,
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(complete, null, 2))
  return folder
}
