import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { command } from '../src/command.ts'
import { study, type Study } from '../src/study.ts'

const acme = fileURLToPath(new URL('../src/insidellms-provider-acme', import.meta.url))

/** A run of two items, a project with a provider of its own, and a resumption of it. */
async function finished(model: object): Promise<Study & { resume(): Promise<string> }> {
  const made = study({ model, items: 2 })
  writeFileSync(
    made.at('package.json'),
    JSON.stringify({ name: 'study', type: 'module', dependencies: { 'insidellms-provider-acme': '*' } }),
  )
  mkdirSync(made.at('node_modules'))
  cpSync(join(acme, 'driver.js'), made.at('driver.js'))
  cpSync(acme, made.at('node_modules/insidellms-provider-acme'), { recursive: true })
  const args = ['--project', made.directory, 'run', made.config, '--quiet', '--run-dir', made.at('run')]
  expect(await command(args)).toMatchObject({ code: 0, err: '' })
  return {
    ...made,
    async resume() {
      const { code, err } = await command([...args, '--resume'])
      expect(code).toBe(err === '' ? 0 : 1)
      return err
    },
  }
}

describe('a resume is refused', () => {
  test('when a plugin has another version, or other code under the same version', async () => {
    const { at, resume } = await finished({ type: 'acme' })
    expect(await resume()).toBe('')
    const folder = at('node_modules/insidellms-provider-acme')
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8')
    const { version } = JSON.parse(manifest) as { version: string }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...JSON.parse(manifest), version: '9.9.9' }))
    const moved = await resume()
    console.log(moved.trim().replaceAll(at('.'), ''))
    expect(moved).toContain(`cannot be resumed: insidellms-provider-acme was ${version} with code `)
    expect(moved).toContain(' and is 9.9.9 with code ')
    writeFileSync(join(folder, 'package.json'), manifest)
    expect(await resume()).toBe('')
    appendFileSync(join(folder, 'plugin.js'), '\n// Another line.\n')
    expect(await resume()).toMatch(/insidellms-provider-acme was (\S+) with code \w{12} and is \1 with code \w{12}/)
  })

  test("when a model of the user's own has other code", async () => {
    const { at, resume } = await finished({ type: './driver.js' })
    expect(await resume()).toBe('')
    appendFileSync(at('driver.js'), '\n// Another line.\n')
    expect(await resume()).toMatch(/cannot be resumed: the module .\/driver.js was \w{12} and is \w{12}\./)
  })
})
