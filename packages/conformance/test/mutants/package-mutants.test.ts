import { type AcmePackage, writeAcmePackage } from '../acme/acme-package.ts'
import { temporaryFolder } from '../acme/acme-description.ts'
import { type Mutant, testMutants } from './test-mutants.ts'

function packaged(fault: string, foundBy: string, parts: AcmePackage): Mutant {
  return { fault, foundBy, description: { package: writeAcmePackage(temporaryFolder(), parts) } }
}

const plugin = (register: string, first = ''): string => `${first}
export default { name: 'insidellms-provider-acme', apiVersion: 1, register({ models }) { ${register} } }`

testMutants([
  packaged('lacks the keyword', 'keyword', { manifest: { keywords: ['llm'] } }),
  packaged('brings a core of its own', 'core-is-a-peer', {
    manifest: { dependencies: { '@insidellms/core': '^1.0.0' } },
  }),
  packaged('is made for another core', 'core-is-a-peer', {
    manifest: { peerDependencies: { '@insidellms/core': '^7.0.0' } },
  }),
  packaged('registers another name', 'plugin-registers', { plugin: plugin("models.register('acme2', () => 0)") }),
  packaged('has its entry outside', 'plugin-is-found', {
    outside: plugin("models.register('acme', () => 0)"),
    manifest: { insidellms: { apiVersion: 1, plugin: '../outside.js', provides: { models: ['acme'] } } },
  }),
  packaged('loads the SDK at once', 'sdk-loads-late', {
    plugin: plugin("models.register('acme', () => sdk)", "import { sdk } from 'acme-sdk'"),
  }),
])
