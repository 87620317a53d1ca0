// A process of its own for tests that kill it: node run-child.ts <directory> <run directory> <server> <concurrency>
import { PluginRegistry } from '@insidellms/core'
import { createOpenAIDriver, type OpenAISettings } from '@insidellms/provider-openai'
import { parseConfig } from '../../src/config/load-config.ts'
import { run } from '../../src/run/run.ts'
import { echoProbe } from './echo-probe.ts'

const [directory, runDir, baseUrl, concurrency] = process.argv.slice(2) as [string, string, string, string]
const registry = new PluginRegistry()
registry.probes.register('echo', () => echoProbe)
registry.models.register('openai', (settings) => createOpenAIDriver(settings as unknown as OpenAISettings))
const config = parseConfig(
  {
    model: { type: 'openai', args: { modelName: 'gpt-4o', baseUrl, apiKey: 'sk-1234' } },
    probe: 'echo',
    dataset: { path: 'data.jsonl' },
  },
  { directory },
)
const { status } = await run(config, { registry, runDir, resume: true, concurrency: Number(concurrency) })
console.log(status)
