import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { command } from '../src/command.ts'
import { answerTo, numberOf, openai, plantedKey, study } from '../src/study.ts'
import { type Answer, vendorServer } from '../src/vendor-server.ts'

const tenant = 'tenant "7" of/the+lab=&more'
const secrets = [plantedKey, tenant]

/** A vendor that gives every secret back wherever it can. */
function echo(prompt: string): Answer {
  const number = numberOf(prompt)
  const secret = secrets[number % 2]!
  const forms = [
    secret,
    JSON.stringify(secret),
    JSON.stringify(JSON.stringify(secret)),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    base64(secret),
    base64(`user:${secret}`),
    base64(`a ${secret}`),
    Buffer.from(secret).toString('base64url'),
    encodeURIComponent(base64(secret)),
  ]
  const form = forms[Math.floor(number / 4) % forms.length]!
  const headers = { 'x-echo': form, 'x-encoded': encodeURIComponent(secret), 'set-cookie': `session=${base64(secret)}` }
  if (number % 4 >= 2) return { status: number % 8 === 2 ? 401 : 400, message: `Incorrect key: ${form}.`, headers }
  return { text: `${answerTo(prompt)} ${form}`, headers }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** What of the secrets can be had from a text, decoding what looks encoded. */
function leaks(text: string): string[] {
  const unescaped = [text, ...[1, 2, 3].map((times) => Array.from({ length: times }).reduce<string>(unescape, text))]
  const urls = unescaped.map((one) => one.replace(/(%[0-9a-f]{2})+/gi, decode))
  const base64Words = urls.flatMap((one) => one.match(/[\w+/-]{12,}/g) ?? [])
  const decoded = base64Words.flatMap((word) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(word.slice(skip), 'base64').toString('latin1')),
  )
  return secrets.filter((secret) => [...unescaped, ...urls, ...decoded].some((one) => one.includes(secret)))
}

function unescape(text: string): string {
  return text.replace(/\\(["\\/])/g, '$1')
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

describe('a key that the vendor echoes in answers, streams, errors and headers is in no file of the run', () => {
  test.each([
    ['read through ${VAR}', { api_key: '${EVIDENCE_KEY}' }, { EVIDENCE_KEY: plantedKey }],
    ['written in the config', { api_key: plantedKey }, {}],
    ['of the environment alone', { api_key: undefined }, { OPENAI_API_KEY: plantedKey }],
  ])('%s', async (_, args, env) => {
    const server = await vendorServer(({ prompt }) => echo(prompt))
    const headers = { 'x-tenant': '${TENANT}' }
    const model = openai(`${server.origin}/of`, { ...args, headers })
    const { config, at } = study({ model, items: 80 })
    const ended = await command(['run', config, '--run-dir', at('run'), '--report'], {
      env: { ...(env as Record<string, string>), TENANT: tenant },
    })
    expect(ended.code).toBe(0)
    expect(server.log.every(({ authorization }) => authorization === `Bearer ${plantedKey}`)).toBe(true)
    for (const format of ['csv', 'inspect'])
      expect((await command(['export', at('run'), '--format', format])).code).toBe(0)
    expect(leaks(ended.out + ended.err)).toEqual([])
    const files = filesUnder(at('run'))
    expect(files.length).toBeGreaterThan(9)
    for (const file of files) expect([file, leaks(readFileSync(file, 'utf8'))]).toEqual([file, []])
    // What was taken out was there.
    expect(readFileSync(at('run/calls.jsonl'), 'utf8').split('[redacted]').length).toBeGreaterThan(80)
  })

  test('that the search itself finds, in each of its forms', () => {
    for (let number = 0; number < 80; number++) {
      const given = echo(`question ${number}`)
      expect(leaks(JSON.stringify('text' in given ? given.text : given.message))).toEqual([secrets[number % 2]])
    }
  })
})
