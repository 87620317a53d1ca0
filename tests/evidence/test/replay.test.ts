import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sharedPath } from '@insidellms/test-support'
import { describe, expect, test } from 'vitest'
import { command } from '../src/command.ts'
import { canUnshareNetwork } from '../src/machine.ts'
import { answerTo, digests, numberOf, openai, plantedKey, study, wholeLines } from '../src/study.ts'
import { type Answer, type Asked, vendorServer } from '../src/vendor-server.ts'

const preload = new URL('../src/no-network.mjs', import.meta.url)
const gguf = sharedPath('models/stories260K-chat.gguf')

/** Answers that no other run gets, and errors: what is not replayed shows. */
function answer({ prompt }: Asked): Answer {
  const again = { prompt, at: process.hrtime.bigint() }
  if (numberOf(prompt) % 7 === 0) return { status: 400, message: `No sevens, said at ${again.at}.` }
  return { text: `${answerTo(prompt)} at ${again.at}` }
}

const models = [
  ['openai', false, openai],
  [
    'anthropic',
    false,
    (origin: string) => ({
      type: 'anthropic',
      args: { model_name: 'claude-opus-4-20250514', base_url: origin, api_key: '${EVIDENCE_KEY}', max_tokens: 50 },
    }),
  ],
  [
    'llama.cpp (needs ../shared/models)',
    gguf === undefined,
    () => ({ type: 'llamacpp', args: { model_path: gguf!, threads: 1, gpu: false, max_tokens: 12 } }),
  ],
  [
    "a model of the user's own",
    false,
    () => ({ type: fileURLToPath(new URL('../src/custom-model.mjs', import.meta.url)) }),
  ],
] as const

describe('a replay without a network gives the same bytes, streams included,', () => {
  for (const [name, skipped, model] of models)
    test.skipIf(skipped)(
      `of ${name}`,
      async () => {
        const server = await vendorServer(answer)
        const { config, at } = study({ model: model(server.origin), items: 16, more: { repeats: 2 } })
        const args = ['run', config, '--quiet', '--run-dir']
        const asked = await command([...args, at('run')], { env: { EVIDENCE_KEY: plantedKey } })
        expect(asked).toMatchObject({ code: 0, err: '' })
        const requests = server.log.length
        await server.close()
        const calls = wholeLines(at('run/calls.jsonl')).map((line) => JSON.parse(line) as { deltas?: unknown[] })
        expect(calls.filter(({ deltas }) => deltas !== undefined)).toHaveLength(16)

        for (const [concurrency, through] of [
          [1, []],
          [64, canUnshareNetwork ? ['unshare', '-n'] : []],
        ] as const) {
          const target = at(`replay-${concurrency}`)
          const replayed = await command(
            [...args, target, '--replay', at('run'), '--concurrency', String(concurrency)],
            { preload, through, env: { NETWORK_LOG: at('network.log') } },
          )
          expect(replayed).toMatchObject({ code: 0, err: '' })
          expect(digests(target)).toEqual(digests(at('run')))
        }
        expect(existsSync(at('network.log'))).toBe(false)
        expect(server.log).toHaveLength(requests)
        console.log(`${name}: records.jsonl ${digests(at('run')).records}, three times`)
      },
      120_000,
    )
})

test('a run that asks is caught where there is no network', async () => {
  const server = await vendorServer(answer)
  const model = openai(server.origin, { max_retries: 0 })
  const { config, at } = study({ model, items: 2 })
  const env = { EVIDENCE_KEY: plantedKey, NETWORK_LOG: at('network.log') }
  await command(['run', config, '--quiet', '--run-dir', at('run')], { preload, env })
  expect(wholeLines(at('network.log'))).toContain('connect')
  expect(server.log).toEqual([])
})

test('a request that was not recorded ends a replay; --allow-new asks that one alone', async () => {
  const server = await vendorServer(({ prompt }) => ({ text: answerTo(prompt) }))
  const { config, at } = study({ model: openai(server.origin), items: 6 })
  const env = { EVIDENCE_KEY: plantedKey }
  const args = ['run', config, '--quiet', '--run-dir']
  expect(await command([...args, at('run')], { env })).toMatchObject({ code: 0 })
  const lines = wholeLines(at('data.jsonl')).map((line) => line.replace('question 4', 'question four'))
  writeFileSync(at('data.jsonl'), `${lines.join('\n')}\n`)

  const strict = await command([...args, at('strict'), '--replay', at('run')], { env })
  console.log(strict.err.trim().replaceAll(at('.'), ''))
  expect(strict.code).toBe(1)
  expect(strict.err).toContain(
    `item q4 is not among the calls recorded in ${at('run/calls.jsonl')}. The nearest one (item q4)`,
  )
  expect(strict.err).toContain('recorded "4", asked "four"')
  expect(strict.err).toContain('(--allow-new)')
  expect(server.log).toHaveLength(6)

  expect(await command([...args, at('new'), '--replay', at('run'), '--allow-new'], { env })).toMatchObject({ code: 0 })
  expect(server.log.slice(6).map(({ prompt }) => prompt)).toEqual(['question four'])
})
