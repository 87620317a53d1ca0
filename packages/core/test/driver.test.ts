import { describe, expect, it } from 'vitest'
import * as driver from '../src/driver.ts'
import * as core from '../src/index.ts'
import { portableOptions } from '../src/portable-options.ts'

describe('what a provider author imports', () => {
  it('never loses a name, nor does what a user imports', () => {
    expect(Object.keys(driver)).toEqual(
      expect.arrayContaining([
        'InsideLLMsError',
        'OptionWriter',
        'checkSettings',
        'codeOfStatus',
        'createHttpPool',
        'definePlugin',
        'httpFacts',
        'portableOptions',
        'readEnvironment',
        'requireApiKey',
        'serverSentEvents',
        'splitModelSettings',
        'toBase64',
      ]),
    )
    expect(Object.keys(core)).toEqual(
      expect.arrayContaining([
        'DriverModel',
        'DummyModel',
        'InsideLLMsError',
        'Model',
        'PluginRegistry',
        'Registry',
        'TextStream',
        'cache',
        'datasetRegistry',
        'definePlugin',
        'didYouMean',
        'ensureBuiltinsRegistered',
        'modelRegistry',
        'portableOptions',
        'probeRegistry',
        'rateLimit',
        'redact',
        'redactText',
        'registry',
        'retry',
      ]),
    )
  })

  it('parts the settings of every model from the driver’s own', () => {
    const model = Object.fromEntries(
      [...portableOptions, 'name', 'maxRetries', 'middleware', 'timeoutMs', 'providerOptions', 'onUnsupported'].map(
        (name) => [name, 1],
      ),
    )
    const settings = { ...model, apiKey: 'k', modelName: 'm', baseUrl: undefined }
    expect(driver.splitModelSettings(settings)).toEqual({ driver: { apiKey: 'k', modelName: 'm' }, model })
  })

  it('keeps headers as data, without cookies', () => {
    const headers = new Headers([
      ['X-Request-Id', 'r'],
      ['Set-Cookie', 'session=1'],
      ['set-cookie', 'other=2'],
    ])
    expect(driver.httpFacts({ status: 200, headers })).toEqual({ status: 200, headers: { 'x-request-id': 'r' } })
  })

  it('writes base64 of any size', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256)
    expect(driver.toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    expect(driver.toBase64(new Uint8Array())).toBe('')
  })

  it('returns a plugin as it is', () => {
    const plugin = { name: 'x', apiVersion: 1 as const, register: () => undefined }
    expect(driver.definePlugin(plugin)).toBe(plugin)
  })
})
