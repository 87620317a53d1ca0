import { copyFileSync, existsSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { diffRuns, formatDiff } from '@insidellms/runner'
import { sharedPath } from '@insidellms/test-support'
import { describe, expect, test } from 'vitest'
import { command } from '../src/command.ts'
import { answerTo, digests, openai, plantedKey, scratch, type Study, study, wholeLines } from '../src/study.ts'
import { vendorServer } from '../src/vendor-server.ts'

async function ask({ config, at }: Study, name: string): Promise<void> {
  const env = { EVIDENCE_KEY: plantedKey }
  expect(await command(['run', config, '--quiet', '--run-dir', at(name)], { env })).toMatchObject({ code: 0 })
}

/** What `diff` prints for people, for programs and for a pull request. */
async function differences({ at }: Study, one: string, other: string): Promise<string[]> {
  const report = await diffRuns(at(one), at(other))
  return (['text', 'json', 'markdown'] as const).map((format) => formatDiff(report, format))
}

describe('a vendor', () => {
  test('that changes its fingerprint alone, or its texts alone, is told from one that does not', async () => {
    let answer = { text: '', fingerprint: 'fp_monday' }
    const server = await vendorServer(({ prompt }) => ({ ...answer, text: `${answerTo(prompt)}${answer.text}` }))
    const made = study({ model: openai(server.origin), items: 12 })
    await ask(made, 'monday')
    await ask(made, 'monday again')
    answer = { text: '', fingerprint: 'fp_tuesday' }
    await ask(made, 'tuesday')
    answer = { text: ', surely', fingerprint: 'fp_monday' }
    await ask(made, 'wordy')
    for (const out of await differences(made, 'monday', 'monday again'))
      expect(out).toContain('outputs same, backend same')
    for (const out of await differences(made, 'monday', 'tuesday')) {
      expect(out).toContain('backend changed, outputs same')
      expect(out).toContain('served.fingerprint')
    }
    for (const out of await differences(made, 'monday', 'wordy')) {
      expect(out).toContain('outputs changed, backend same')
      expect(out).not.toContain('fingerprint')
    }
    console.log((await differences(made, 'monday', 'tuesday'))[0])
    console.log((await differences(made, 'monday', 'wordy'))[0]!.split('\n').slice(0, 12).join('\n'))
  }, 60_000)
})

describe('a GGUF that was swapped under its name is caught by its hash', () => {
  for (const [name, before, after, causes] of [
    [
      'another quantisation (needs packages/tiny-model/models)',
      tiny('q8_0'),
      tiny('q4_0'),
      ['served.quantization', 'served.sha256'],
    ],
    [
      'another file of the same quantisation (needs ../shared/models)',
      sharedPath('models/stories260K-chat.gguf'),
      sharedPath('models/stories260K.gguf'),
      ['served.sha256'],
    ],
  ] as const)
    test.skipIf(before === undefined || after === undefined)(
      `for ${name}`,
      async () => {
        const model = { type: 'llamacpp', args: { model_path: '', threads: 1, gpu: false, max_tokens: 8 } }
        const directory = scratch()
        model.args.model_path = join(directory, 'model.gguf')
        const made = study({ model, items: 6 })
        copyFileSync(before!, model.args.model_path)
        await ask(made, 'before')
        await ask(made, 'again')
        copyFileSync(after!, model.args.model_path)
        await ask(made, 'after')
        for (const out of await differences(made, 'before', 'again'))
          expect(out).toContain('outputs same, backend same')
        const [text, json] = await differences(made, 'before', 'after')
        const { verdict, causes: found } = JSON.parse(json!) as { verdict: string; causes: { name: string }[] }
        expect(verdict).toContain('backend changed')
        const backend = found.map((cause) => cause.name).filter((cause) => cause.startsWith('served.'))
        expect(backend).toEqual(expect.arrayContaining([...causes]))
        console.log(text!.split('\n').slice(0, 20).join('\n'))

        // A run that the one began is not for the other to go on with.
        const whole = digests(made.at('before'))
        truncateSync(made.at('before/records.jsonl'))
        const [call] = wholeLines(made.at('before/calls.jsonl'))
        writeFileSync(made.at('before/calls.jsonl'), `${call}\n`)
        const args = ['run', made.config, '--quiet', '--resume', '--run-dir', made.at('before')]
        const { code, err } = await command(args)
        console.log(err.replaceAll(made.directory, '').replaceAll(directory, '').trim())
        expect([code, err]).toEqual([
          1,
          expect.stringContaining(`cannot be resumed: the weights ${model.args.model_path}`),
        ])
        copyFileSync(before!, model.args.model_path)
        expect(await command(args)).toMatchObject({ code: 0, err: '' })
        expect(digests(made.at('before'))).toEqual(whole)
      },
      120_000,
    )
})

function tiny(name: string): string | undefined {
  const path = new URL(`../../../packages/tiny-model/models/insidellms-tiny-${name}.gguf`, import.meta.url)
  return existsSync(path) ? fileURLToPath(path) : undefined
}
