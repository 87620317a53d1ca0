import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { GenerateOptions, InsideLLMsError, ModelResponse, ModelSettings } from '@insidellms/core'
import { runReadmeExample, sharedPath } from '@insidellms/test-support'
import { afterAll, describe, expect, it } from 'vitest'
import { LlamaCppModel, type LlamaCppSettings } from '../src/index.ts'
import { makeTinyModel, temporaryFolder } from './tiny-gguf.ts'

const folder = temporaryFolder()
const modelPath = folder.write('tiny.gguf', makeTinyModel())
const settings = { modelPath, threads: 1, gpu: false, maxTokens: 24 } as const
const model = new LlamaCppModel(settings)
const prompt = 'once upon a time'

afterAll(async () => {
  await model.close()
  folder.remove()
})

const text = (options?: GenerateOptions): Promise<string> => model.generate(prompt, options)
const tokensOf = ({ raw }: ModelResponse): number[] => (raw as unknown as { tokens: number[] }).tokens
const failing = (code: InsideLLMsError['code'], message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

async function collect(stream: AsyncIterable<string>): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

async function withModel<T>(
  more: Partial<LlamaCppSettings & ModelSettings>,
  use: (model: LlamaCppModel) => Promise<T>,
): Promise<T> {
  await using other = new LlamaCppModel({ ...settings, ...more })
  return await use(other)
}

describe('a response', () => {
  it('says what was asked, what answered, and how much it took', async () => {
    const response = await model.respond(prompt, { seed: 1 })
    expect(response.parts).toEqual([{ type: 'text', text: response.text }])
    expect(response.finish).toEqual({ kind: 'length', raw: 'maxTokens' })
    expect(response.usage).toEqual({ inputTokens: 17, outputTokens: 24, totalTokens: 41 })
    expect(response.served).toEqual({
      model: 'random',
      quantization: 'F32',
      sha256: createHash('sha256').update(readFileSync(modelPath)).digest('hex'),
      engine: expect.stringMatching(/^llama\.cpp \S+, cpu$/),
      sdk: { name: 'node-llama-cpp', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    expect(response.request).toMatchObject({ prompt, template: 'none', temperature: 0, seed: 1, maxTokens: 24 })
    expect(response.ledger).toMatchObject({ maxTokens: { status: 'sent' }, temperature: { status: 'adjusted' } })
    expect(tokensOf(response)).toHaveLength(24)
    expect(JSON.parse(JSON.stringify(response))).toEqual(response)
  })

  it('is the same for generate, chat, and a stream', async () => {
    const { text: whole } = await model.respond(prompt)
    expect(await model.generate(prompt)).toBe(whole)
    expect(await model.chat([{ role: 'user', content: prompt }])).toBe(whole)
    const stream = model.stream(prompt)
    const pieces = await collect(stream)
    expect(pieces.length).toBeGreaterThan(5)
    expect(pieces.join('')).toBe(whole)
    const { timing: _, ...streamed } = await stream.response
    expect(streamed).toMatchObject({ text: whole, finish: { raw: 'maxTokens' } })
    expect(streamed).toEqual({ ...(await model.respond(prompt)), timing: undefined })
  })

  it('counts the tokens that it will take', async () => {
    expect(await model.countTokens(prompt)).toBe(17)
  })
})

describe('each option changes what it should', () => {
  it('temperature and seed', async () => {
    const sampled = await text({ temperature: 1, seed: 7 })
    expect(sampled).not.toBe(await text({ temperature: 0, seed: 7 }))
    expect(sampled).toBe(await text({ temperature: 1, seed: 7 }))
    expect(sampled).not.toBe(await text({ temperature: 1, seed: 8 }))
    expect(sampled).not.toBe(await text({ temperature: 0.2, seed: 7 }))
  })

  it('no seed: each answer is another one, and its ledger says how to get it again', async () => {
    const first = await model.respond(prompt, { temperature: 1 })
    expect(await text({ temperature: 1 })).not.toBe(first.text)
    expect(first.ledger['seed']?.status).toBe('adjusted')
    expect(await text({ temperature: 1, seed: first.ledger['seed']!.value as number })).toBe(first.text)
  })

  it('topK, topP and minP: cut down to the most likely token they are greedy', async () => {
    const greedy = await text({ temperature: 0 })
    const sampling = { temperature: 1, seed: 3 }
    expect(await text(sampling)).not.toBe(greedy)
    expect(await text({ ...sampling, topK: 1 })).toBe(greedy)
    expect(await text({ ...sampling, topP: 0 })).toBe(greedy)
    expect(await text({ ...sampling, providerOptions: { minP: 1 } })).toBe(greedy)
    expect(await text({ ...sampling, topK: 0, topP: 1, providerOptions: { minP: 0 } })).toBe(await text(sampling))
  })

  it('penalties: a token that was generated does not come again, and a reward repeats it', async () => {
    const repeated = (response: ModelResponse): number => 24 - new Set(tokensOf(response)).size
    const ask = (options: GenerateOptions): Promise<ModelResponse> => model.respond(prompt, options)
    const plain = repeated(await ask({}))
    expect(plain).toBeGreaterThan(0)
    expect(repeated(await ask({ presencePenalty: 100 }))).toBe(0)
    expect(repeated(await ask({ frequencyPenalty: 100 }))).toBe(0)
    expect(repeated(await ask({ presencePenalty: -100 }))).toBe(23)
    expect(repeated(await ask({ providerOptions: { repeatPenalty: 100 } }))).toBeLessThan(plain)
  })

  it('maxTokens, also none at all', async () => {
    expect((await model.respond(prompt, { maxTokens: 3 })).usage?.outputTokens).toBe(3)
    const none = await model.respond(prompt, { maxTokens: 0 })
    expect(none).toMatchObject({ text: '', finish: { kind: 'length' }, usage: { inputTokens: 17, outputTokens: 0 } })
  })

  it('stop: the text ends before it, in a stream too', async () => {
    const whole = await text()
    const stop = whole.slice(4, 6)
    const response = await model.respond(prompt, { stop: ['never in it', stop] })
    expect(response.finish).toEqual({ kind: 'stop', raw: 'customStopTrigger' })
    expect(response.text).toBe(whole.slice(0, whole.indexOf(stop)))
    expect((await collect(model.stream(prompt, { stop }))).join('')).toBe(response.text)
  })

  it('grammar: GBNF, and characters of several tokens arrive whole', async () => {
    const providerOptions = { grammar: 'root ::= "é€😀 " [a-c]' }
    const pieces = await collect(model.stream(prompt, { providerOptions }))
    expect(pieces.join('')).toMatch(/^é€😀 [a-c]$/)
    expect(pieces.join('|')).not.toContain('\ufffd')
    const response = await model.respond(prompt, { providerOptions })
    expect(response.finish).toEqual({ kind: 'stop', raw: 'eogToken' })
    expect(response.usage?.outputTokens).toBe(tokensOf(response).length + 1)
    await expect(model.generate(prompt, { providerOptions: { grammar: 'no grammar' } })).rejects.toEqual(
      failing('invalid_request', /cannot read the grammar/),
    )
  })

  it('responseFormat: JSON, and JSON by a schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        word: { const: 'yes' },
        flags: { type: 'array', items: { type: ['boolean', 'null'] }, minItems: 1, maxItems: 2 },
        size: { anyOf: [{ enum: ['s', 'm'] }, { $ref: '#/$defs/none' }] },
      },
      $defs: { none: { type: 'null' } },
    }
    const options = { temperature: 1, seed: 5, maxTokens: 200, onUnsupported: 'error' } as const
    const response = await model.respond(prompt, { ...options, responseFormat: { type: 'json_schema', schema } })
    expect(response.finish).toEqual({ kind: 'stop', raw: 'stopGenerationTrigger' })
    const answer = JSON.parse(response.text) as { word: string; flags: unknown[]; size: unknown }
    expect(answer.word).toBe('yes')
    for (const flag of answer.flags) expect([true, false, null]).toContain(flag)
    expect(['s', 'm', null]).toContain(answer.size)
    expect(await text({ ...options, responseFormat: { type: 'json' }, maxTokens: 5 })).toMatch(/^\{/)
  })

  it('logprobs: of each token, in the distribution that the model gave', async () => {
    const plain = await model.respond(prompt)
    const scored = await model.respond(prompt, { logprobs: true, topLogprobs: 271 })
    expect(scored.text).toBe(plain.text)
    expect(scored.logprobs).toHaveLength(24)
    for (const { logprob, token, top } of scored.logprobs!) {
      expect(top![0]).toEqual({ token, logprob })
      expect(top!.reduce((sum, { logprob: each }) => sum + Math.exp(each), 0)).toBeCloseTo(1, 5)
    }
    // Sampled as hot as can be and cut to one token: the numbers are still the model's own.
    const hot = await model.respond(prompt, { temperature: 5, seed: 1, topK: 1, logprobs: true })
    expect(hot.logprobs).toEqual(scored.logprobs!.map(({ token, logprob }) => ({ token, logprob })))
  })

  it('promptLogprobs: of each prompt token but the first, and the answer stays the same', async () => {
    const plain = await model.respond(prompt, { logprobs: true })
    const scored = await model.respond(prompt, { logprobs: true, providerOptions: { promptLogprobs: 2 } })
    expect(scored.promptLogprobs).toHaveLength(17)
    expect(scored.promptLogprobs![0]).toEqual({ token: '<s>', logprob: null })
    for (const { logprob, top } of scored.promptLogprobs!.slice(1)) {
      expect(logprob).toBeLessThan(0)
      expect(top).toHaveLength(2)
    }
    expect(scored.logprobs).toEqual(plain.logprobs)
    expect(plain).not.toHaveProperty('promptLogprobs')
  })
})

describe('the window', () => {
  // A byte is a token here, and one more begins the text.
  const promptOf = (tokens: number): string => '!'.repeat(tokens - 2)

  it('is a typed error for a longer prompt, and names both numbers', async () => {
    await withModel({ contextSize: 40 }, async (small) => {
      await expect(small.generate(promptOf(40))).rejects.toEqual(
        failing('context_overflow', /the prompt has 40 tokens; the window has 40/),
      )
      await expect(small.countTokens(promptOf(500))).resolves.toBe(500)
    })
  })

  it('ends an answer that fills it, and nothing is forgotten', async () => {
    await withModel({ contextSize: 40 }, async (small) => {
      const last = await small.respond(promptOf(39), { maxTokens: 100, logprobs: true })
      expect(last.finish).toEqual({ kind: 'length', raw: 'context' })
      expect(last.usage).toEqual({ inputTokens: 39, outputTokens: 1, totalTokens: 40 })
    })
    const full = await model.respond(promptOf(30), { maxTokens: 10_000, logprobs: true })
    expect(full.finish.raw).toBe('context')
    expect(full.usage?.totalTokens).toBe(256)
    expect(full.logprobs).toHaveLength(226)
  })

  it('refuses an empty prompt only where the model has nothing to begin with', async () => {
    expect((await model.respond('')).usage?.inputTokens).toBe(1)
  })
})

describe('sequences', () => {
  const prompts = Array.from({ length: 12 }, (_, index) => `${prompt} ${'the day '.repeat(index % 4)}${index}`)

  it('answer the same whatever runs beside them', async () => {
    const options = { logprobs: true, temperature: 0.8, seed: 5 }
    const alone: ModelResponse[] = []
    for (const each of prompts) alone.push(await model.respond(each, options))
    await withModel({ sequences: 3 }, async (wide) => {
      const together = await wide.batch(prompts, { ...options, concurrency: 12 })
      for (const [index, { text: answer, logprobs }] of together.entries()) {
        expect(answer).toBe(alone[index]!.text)
        expect(logprobs).toEqual(alone[index]!.logprobs)
      }
    })
  })

  it('come back from streams that were left half-way, a hundred times', async () => {
    const before = await text()
    for (let time = 0; time < 100; time++) {
      let pieces = 0
      for await (const _ of model.stream(prompt, { maxTokens: 200 })) if (++pieces === 4) break
    }
    expect(await text()).toBe(before)
  })

  it('come back from calls that were aborted by signal, running or waiting', async () => {
    const before = await text()
    for (let time = 0; time < 20; time++) {
      const controller = new AbortController()
      const calls = [1, 2, 3].map(() => model.generate(prompt, { maxTokens: 200, signal: controller.signal }))
      setTimeout(() => controller.abort(), time)
      for (const result of await Promise.allSettled(calls))
        if (result.status === 'rejected') expect(result.reason).toEqual(failing('aborted', /aborted/))
    }
    expect(await text()).toBe(before)
  })

  it('come back from calls that failed', async () => {
    for (let time = 0; time < 3; time++) {
      await expect(text({ providerOptions: { grammar: 'x' } })).rejects.toThrow(/grammar/)
      await expect(model.generate('!'.repeat(400))).rejects.toThrow(/window/)
    }
    expect(await text()).not.toBe('')
  })
})

describe('loading and closing', () => {
  it('ends what runs and what waits, and leaves other models on the same file alone', async () => {
    const before = await text()
    const other = new LlamaCppModel(settings)
    const stream = other.stream(prompt, { maxTokens: 200 })
    const started = Promise.withResolvers<void>()
    const reading = (async () => {
      for await (const _ of stream) started.resolve()
    })()
    await started.promise
    const calls = Promise.allSettled([reading, other.generate(prompt), text()])
    await Promise.all([other.close(), other.close()])
    const [broken, waiting, elsewhere] = await calls
    expect(broken).toMatchObject({ reason: failing('aborted', /closed/) })
    expect(waiting).toMatchObject({ reason: failing('aborted', /closed/) })
    expect(elsewhere).toEqual({ status: 'fulfilled', value: before })
    await expect(other.generate(prompt)).rejects.toEqual(failing('invalid_request', /was closed/))
  })

  it('does not wait for a reader who has stopped reading', async () => {
    const other = new LlamaCppModel(settings)
    const reader = other.stream(prompt, { maxTokens: 200 })[Symbol.asyncIterator]()
    await reader.next()
    await other.close()
    await expect(reader.next()).rejects.toEqual(failing('aborted', /closed/))
  })

  it('closes a model that was never called, or that is being loaded', async () => {
    await new LlamaCppModel(settings).close()
    const other = new LlamaCppModel(settings)
    const call = other.generate(prompt)
    call.catch(() => undefined)
    await other.close()
    await expect(call).rejects.toEqual(failing('aborted', /closed/))
  })

  it('says why a file does not load, and loads it once it is whole', async () => {
    const whole = readFileSync(modelPath)
    const path = folder.write('broken.gguf', whole.subarray(0, whole.length - 5000))
    await withModel({ modelPath: path, maxRetries: 0 }, async (broken) => {
      await expect(broken.generate(prompt)).rejects.toEqual(
        failing('config', /broken\.gguf does not load: .*not within the file bounds.*Check that the file is complete/),
      )
      writeFileSync(path, whole)
      expect(await broken.generate(prompt)).toBe(await text())
    })
  })

  it('does not keep a process alive that never closes its model', () => {
    const script = folder.write(
      'leave.mjs',
      `const { LlamaCppModel } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)})
       const model = new LlamaCppModel(${JSON.stringify(settings)})
       console.log((await model.respond(${JSON.stringify(prompt)})).usage.outputTokens)`,
    )
    const options = { encoding: 'utf8', timeout: 25_000 } as const
    expect(execFileSync(process.execPath, ['--no-warnings', script], options).trim()).toBe('24')
  })
})

describe('chat templates', () => {
  it('come from the file, and the setting takes their place', async () => {
    const chat = folder.write(
      'chat.gguf',
      makeTinyModel('{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}'),
    )
    const messages = [
      { role: 'system' as const, content: 'a' },
      { role: 'user' as const, content: 'b' },
    ]
    await withModel({ modelPath: chat }, async (withTemplate) => {
      const { request, usage } = await withTemplate.respond(messages)
      expect(request).toMatchObject({ prompt: '<s>[system]a[user]b', template: 'file' })
      // The template's own <s> is the one at the beginning.
      expect(usage?.inputTokens).toBe(await withTemplate.countTokens(messages))
      expect(usage?.inputTokens).toBeLessThan('<s>[system]a[user]b'.length)
      expect(await withTemplate.generate('b')).toBe(await withTemplate.chat([{ role: 'user', content: 'b' }]))
    })
    await withModel(
      { modelPath: chat, chatTemplate: '{{ messages | map(attribute="content") | join("+") }}' },
      async (own) => {
        expect((await own.respond(messages)).request).toMatchObject({ prompt: 'a+b', template: 'settings' })
      },
    )
  })

  it('are never made up', async () => {
    await expect(
      model.chat([
        { role: 'system', content: 'a' },
        { role: 'user', content: 'b' },
      ]),
    ).rejects.toEqual(failing('unsupported', /no chat template.*Set chatTemplate/))
    await withModel({ chatTemplate: '{% if %}' }, (broken) =>
      expect(broken.generate('a')).rejects.toEqual(failing('config', /cannot be read as Jinja/)),
    )
  })
})

const models = sharedPath('models')

describe.skipIf(models === undefined)('a trained model (needs ../shared/models)', () => {
  it.for(['stories260K-chat.gguf', 'stories260K.gguf'])('%s tells its story', async (file) => {
    await withModel({ modelPath: `${models}/${file}`, maxTokens: 30 }, async (stories) => {
      const options = { temperature: 0, logprobs: true, topLogprobs: 1 }
      const response = await stories.respond('Once upon a time', options)
      expect(response.text).toMatch(/^, there was a little girl named Lily\. She loved to play/)
      expect(response.logprobs![0]).toMatchObject({ token: ',' })
      expect(response.logprobs![0]!.logprob).toBeCloseTo(-0.0318, 3)
      expect(response.logprobs!.map(({ token }) => token).join('')).toBe(response.text)
      expect(response.served).toMatchObject({ model: 'stories260K', quantization: 'F32' })
      expect(stories.info().maxTokens).toBe(512)
    })
  })

  it('writes JSON by a schema, with texts no longer than it says', async () => {
    await withModel({ modelPath: `${models}/stories260K-chat.gguf`, maxTokens: 100 }, async (stories) => {
      const schema = { type: 'object', properties: { name: { type: 'string', minLength: 2, maxLength: 5 } } }
      const answer = await stories.generate('Once upon a time', { responseFormat: { type: 'json_schema', schema } })
      expect(JSON.parse(answer)).toEqual({ name: expect.stringMatching(/^.{2,5}$/) })
    })
  })

  it('answers the same in any order and in any of its sequences', async () => {
    await withModel({ modelPath: `${models}/stories260K-chat.gguf`, sequences: 2 }, async (stories) => {
      const prompts = ['Once upon a time', 'The dog', 'Tim and Sue', 'One day']
      const once = await stories.batch(prompts, { temperature: 0, maxTokens: 60 })
      const again = await stories.batch(prompts.toReversed(), { temperature: 0, maxTokens: 60, concurrency: 1 })
      expect(again.map(({ text: answer }) => answer).toReversed()).toEqual(once.map(({ text: answer }) => answer))
    })
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    const preset = { modelPath, threads: 1, gpu: false as const }
    const written = await runReadmeExample(new URL('../README.md', import.meta.url), LlamaCppModel, preset)
    const [whole, ...pieces] = written as string[]
    expect(pieces.join('')).toContain(whole)
    expect(written).toContain('F32')
  })
})
