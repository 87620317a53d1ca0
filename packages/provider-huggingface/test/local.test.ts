import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelResponse, PluginRegistry } from '@insidellms/core'
import { failureOf, sharedPath, expectRefused } from '@insidellms/test-support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HuggingFaceLocalModel } from '../src/local/index.ts'
import plugin from '../src/plugin.ts'

const folder = sharedPath('models/onnx/stories260K')
const prompt = 'Once upon a time'
const story =
  ', there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball'

describe.skipIf(folder === undefined)('a local model (needs ../shared/models)', () => {
  let model: HuggingFaceLocalModel
  beforeAll(() => {
    model = new HuggingFaceLocalModel({ modelName: folder!, maxTokens: 24 })
  })
  afterAll(() => model.close())

  it('goes on greedily, the same each time, and says who answered', async () => {
    const first = await model.respond(prompt, { maxTokens: 40 })
    expect(first.text.startsWith(story)).toBe(true)
    expect(first.usage).toEqual({ inputTokens: 5, outputTokens: 40, totalTokens: 45 })
    expect(first.finish).toEqual({ kind: 'length', raw: 'max_tokens' })
    expect(first.ledger).toEqual({
      maxTokens: { status: 'sent', wire: '/maxTokens', value: 40 },
      temperature: { status: 'adjusted', wire: '/temperature', value: 0, reason: expect.any(String) },
    })
    expect(first.request).toEqual({ prompt, template: 'tokenizer', temperature: 0, topK: 0, topP: 1, maxTokens: 40 })
    const weights = readFileSync(join(folder!, 'onnx/model.onnx'))
    expect(first.served).toEqual({
      model: 'stories260K',
      sha256: createHash('sha256').update(weights).digest('hex'),
      quantization: 'fp32',
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      engine: expect.stringMatching(/^onnxruntime \d+\.\d+\.\d+.*, cpu$/),
      sdk: { name: '@huggingface/transformers', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
    })
    expect(JSON.parse(JSON.stringify(first))).toEqual(first)
    const { timing: _, ...again } = await model.respond(prompt, { maxTokens: 40 })
    const { timing: __, ...same } = first
    expect(again).toEqual(same)
  })

  it('gives log probabilities of its own distribution, whatever the sampling', async () => {
    const { logprobs, raw } = await model.respond(prompt, { logprobs: true, topLogprobs: 3, maxTokens: 4 })
    expect(logprobs!.map(({ token }) => token).join('')).toBe(', there was a')
    expect(logprobs).toHaveLength((raw as { tokens: number[] }).tokens.length)
    expect(logprobs![0]!.logprob).toBeCloseTo(-0.0318, 3)
    for (const { token, logprob, top } of logprobs!) {
      expect(top).toHaveLength(3)
      expect(top![0]).toEqual({ token, logprob })
      expect(top![0]!.logprob).toBeGreaterThan(top![1]!.logprob)
    }
    const hot = await model.respond(prompt, { logprobs: true, maxTokens: 1, temperature: 0.1, topK: 1 })
    expect(hot.logprobs![0]!.logprob).toBe(logprobs![0]!.logprob)
    expect(hot.logprobs![0]!.top).toBeUndefined()
  })

  it('streams what it would have answered', async () => {
    const whole = await model.respond(prompt)
    const stream = model.stream(prompt)
    const pieces: string[] = []
    for await (const piece of stream) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(5)
    expect(pieces.join('')).toBe(whole.text)
    const { timing: _, ...streamed } = await stream.response
    const { timing: __, ...plain } = whole
    expect(streamed).toEqual(plain)
  })

  describe('options', () => {
    const text = async (options: object): Promise<string> =>
      (await model.respond(prompt, { temperature: 1, seed: 7, ...options })).text

    it('sample repeatably by their seed, and by none at all differently', async () => {
      expect(await text({})).toBe(await text({}))
      expect(await text({ seed: 8 })).not.toBe(await text({}))
      const first = await model.respond(prompt, { temperature: 1 })
      const { seed } = first.ledger
      expect(seed).toMatchObject({ status: 'adjusted', reason: expect.stringContaining('at random') })
      expect(await text({ seed: seed!.value })).toBe(first.text)
      expect((await model.respond(prompt, { temperature: 1, seed: -7 })).ledger['seed']).toMatchObject({
        status: 'mapped',
        value: 7,
      })
    })

    it('each change what they should', async () => {
      const greedy = (await model.respond(prompt)).text
      expect(await text({ topK: 1 })).toBe(greedy)
      expect(await text({ topP: 0 })).toBe(greedy)
      expect(await text({ temperature: 2 })).not.toBe(await text({}))
      expect(await text({ topP: 0.5 })).not.toBe(await text({}))
      expect((await model.respond(prompt, { stop: [' Lily'] })).finish).toEqual({ kind: 'stop', raw: 'stop_sequence' })
      expect((await model.respond(prompt, { stop: [' Lily'] })).text).toBe(', there was a little girl named')
      const tokensOf = ({ raw }: ModelResponse): number[] => (raw as { tokens: number[] }).tokens
      const repeats = (response: ModelResponse): number => tokensOf(response).length - new Set(tokensOf(response)).size
      const plain = repeats(await model.respond(prompt, { maxTokens: 80 }))
      expect(repeats(await model.respond(prompt, { frequencyPenalty: 2, maxTokens: 80 }))).toBeLessThan(plain)
      expect(repeats(await model.respond(prompt, { presencePenalty: 2, maxTokens: 80 }))).toBeLessThan(plain)
    })

    it.for([
      [{ temperature: -1 }, 'temperature must be 0 or more'],
      [{ topP: 2 }, 'topP'],
      [{ providerOptions: { minP: 1 } }, 'It takes: chatTemplateVariables'],
    ] as const)('%j are refused', async ([options, message]) => {
      const error = await failureOf(model.respond(prompt, options))
      expect(error).toMatchObject({ code: 'invalid_request' })
      expect(error.message).toContain(message)
    })
  })

  it('runs to the end of its window, and refuses a prompt that fills it', async () => {
    const whole = await model.respond('word '.repeat(100), { maxTokens: 1000, presencePenalty: 0.1 })
    if (whole.finish.kind === 'length') {
      expect(whole.finish.raw).toBe('context')
      expect(whole.usage!.totalTokens).toBe(512)
    } else expect(whole.finish).toEqual({ kind: 'stop', raw: 'eos_token' })
    const error = await failureOf(model.respond('word '.repeat(600)))
    expect(error).toMatchObject({ code: 'context_overflow', retryable: false, provider: 'huggingface' })
    expect(error.message).toMatch(/the prompt has \d+ tokens; the window has 512/)
    expect(model.info().maxTokens).toBe(512)
    expect(await model.countTokens(prompt)).toBe(5)
  })

  it('gives the same to calls that run at once, and they do not wait for a reader', async () => {
    const alone = await model.generate(prompt)
    const seeded = await model.generate('The dog', { temperature: 1, seed: 3 })
    const texts = await Promise.all([
      model.generate(prompt),
      model.generate('The dog', { temperature: 1, seed: 3 }),
      model.generate(prompt),
    ])
    expect(texts).toEqual([alone, seeded, alone])
    let inner = ''
    for await (const _ of model.stream(prompt)) inner ||= await model.generate(prompt)
    expect(inner).toBe(alone)
  })

  it('stops when the caller leaves: before, while it runs, and while it waits in line', async () => {
    expect(await failureOf(model.respond(prompt, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' })
    const controller = new AbortController()
    const stream = model.stream(prompt, { signal: controller.signal, maxTokens: 400 })
    const error = await failureOf(
      (async () => {
        for await (const _ of stream) controller.abort()
      })(),
    )
    expect(error).toMatchObject({ code: 'aborted', partial: { text: ',' } })
    for await (const piece of model.stream(prompt)) {
      expect(piece).toBe(',')
      break
    }
    const late = new AbortController()
    const waiting = [model.generate(prompt), failureOf(model.respond(prompt, { signal: late.signal }))] as const
    late.abort()
    expect(await waiting[1]).toMatchObject({ code: 'aborted' })
    expect((await waiting[0]).startsWith(', there was')).toBe(true)
  })

  it('lets a caller leave while the model loads, and loads on for the next', async () => {
    await using fresh = new HuggingFaceLocalModel({ modelName: folder!, maxTokens: 2 })
    expect(await failureOf(fresh.respond(prompt, { timeoutMs: 1 }))).toMatchObject({ code: 'timeout' })
    expect(await fresh.generate(prompt)).toBe(', there')
  })

  it('keeps to the chat template', async () => {
    const chat = [
      { role: 'system', content: 'A story.' },
      { role: 'user', content: prompt },
    ] as const
    const { request } = await model.respond([...chat], { maxTokens: 1 })
    expect(request).toMatchObject({ prompt: `A story.\n${prompt}`, template: 'tokenizer' })
    await using other = new HuggingFaceLocalModel({
      modelName: folder!,
      maxTokens: 1,
      chatTemplate: '{% for m in messages %}[{{ m.role }}{{ mark }}] {{ m.content }}{% endfor %}',
    })
    const asked = await other.respond([...chat], { providerOptions: { chatTemplateVariables: { mark: '!' } } })
    expect(asked.request).toMatchObject({ prompt: `[system!] A story.[user!] ${prompt}`, template: 'settings' })
    await using forgetful = new HuggingFaceLocalModel({
      modelName: folder!,
      chatTemplate: '{{ messages[-1].content }}',
    })
    const error = await failureOf(forgetful.respond([...chat]))
    expect(error).toMatchObject({ code: 'unsupported' })
    expect(error.message).toContain('leaves out message 0 (system)')
    const image = { role: 'user', content: [{ type: 'image', image: 'https://example.com/x.png' }] } as const
    expect(await failureOf(model.respond([image as never]))).toMatchObject({ code: 'unsupported' })
    expect(await failureOf(model.respond([{ role: 'tool', toolCallId: '1', content: 'x' }]))).toMatchObject({
      code: 'unsupported',
    })
  })

  it('takes raw text, and no chat, where the model has no template', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'insidellms-hf-'))
    try {
      cpSync(folder!, bare, { recursive: true, mode: 0 })
      const path = join(bare, 'tokenizer_config.json')
      const { chat_template: _, ...config } = JSON.parse(readFileSync(path, 'utf8'))
      rmSync(path, { force: true })
      writeFileSync(path, JSON.stringify(config))
      // Settings of the model's own, which must not be applied unasked.
      rmSync(join(bare, 'generation_config.json'), { force: true })
      writeFileSync(
        join(bare, 'generation_config.json'),
        JSON.stringify({ eos_token_id: [2], do_sample: true, temperature: 2, repetition_penalty: 2, max_length: 8 }),
      )
      await using model = new HuggingFaceLocalModel({ modelName: bare })
      expect(model.info().supportsChat).toBe(false)
      const { text, request } = await model.respond(prompt, { maxTokens: 40 })
      expect(text.startsWith(story)).toBe(true)
      expect(request).toMatchObject({ prompt, template: 'none' })
      const error = await failureOf(
        model.respond([
          { role: 'system', content: 'x' },
          { role: 'user', content: prompt },
        ]),
      )
      expect(error).toMatchObject({ code: 'unsupported' })
      expect(error.message).toContain('Set chatTemplate')
    } finally {
      rmSync(bare, { recursive: true, force: true })
    }
  })

  it('ends calls under way when it is closed', async () => {
    const closing = new HuggingFaceLocalModel({ modelName: folder!, maxTokens: 400 })
    const stream = closing.stream(prompt)
    const error = await failureOf(
      (async () => {
        for await (const _ of stream) await closing.close()
      })(),
    )
    expect(error).toMatchObject({ code: 'aborted' })
    expect(await failureOf(closing.generate(prompt))).toMatchObject({ code: 'invalid_request' })
  })

  it('is had through the registry, as a backend of huggingface', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    const model = await registry.models.get(`huggingface:${folder}`, { backend: 'local', maxTokens: 8 })
    expect(await model.generate(prompt)).toBe(story.slice(0, (await model.generate(prompt)).length))
    await model.close()
    const error = await failureOf((async () => registry.models.get('huggingface:x', { backend: 'cloud' }))())
    expect(error).toMatchObject({ code: 'config' })
  })

  it.for([
    [{ dtype: 'fp64' }, 'dtype must be one of fp32'],
    [{ device: 'tpu' }, 'device must be one of cpu'],
    [{ device: 3 }, '-1 or 0; it is 3'],
    [{ threads: 0 }, 'threads'],
    [{ dType: 'q8' }, 'Did you mean "dtype"?'],
    [{ modelName: '/no/such/folder' }, 'there is no folder /no/such/folder'],
    [{ modelName: '' }, 'modelName must be a folder'],
  ] as const)('%j is refused', ([settings, message]) => {
    expectRefused(() => new HuggingFaceLocalModel({ modelName: folder!, ...settings } as never), 'config', message)
  })

  it('says what is missing', async () => {
    await using other = new HuggingFaceLocalModel({ modelName: folder!, dtype: 'q8', device: -1 })
    const error = await failureOf(other.generate(prompt))
    expect(error).toMatchObject({ code: 'config', provider: 'huggingface' })
    expect(error.message).toContain('a file of this dtype')
  })
})

describe('a model of the hub', () => {
  const id = 'insidellms/not-there'

  /** Runs with a cache of its own, and a hub that nobody can reach. */
  async function offline(use: (cacheDir: string, requests: string[]) => Promise<void>): Promise<void> {
    const cacheDir = mkdtempSync(join(tmpdir(), 'insidellms-hf-'))
    const { env } = await import('@huggingface/transformers')
    const before = env.fetch
    const requests: string[] = []
    env.fetch = ((url: unknown) => {
      requests.push(String(url))
      return Promise.reject(new TypeError('fetch failed'))
    }) as typeof env.fetch
    try {
      await use(cacheDir, requests)
    } finally {
      env.fetch = before
      rmSync(cacheDir, { recursive: true, force: true })
    }
  }

  it('is not downloaded unasked', async () => {
    await offline(async (cacheDir, requests) => {
      await using model = new HuggingFaceLocalModel({ modelName: id, cacheDir })
      expect(model.info()).toMatchObject({ maxTokens: null, extra: { backend: 'local', revision: 'main' } })
      const error = await model.generate('Hi').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'not_found', retryable: false })
      expect((error as Error).message).toContain('Set allowDownload: true')
      expect(requests).toEqual([])
      await using allowed = new HuggingFaceLocalModel({ modelName: id, cacheDir, allowDownload: true, maxRetries: 0 })
      await expect(allowed.generate('Hi')).rejects.toMatchObject({ code: 'network' })
      expect(requests[0]).toContain(id)
    })
  })

  it.skipIf(folder === undefined)('runs from the cache without a request (needs ../shared/models)', async () => {
    await offline(async (cacheDir, requests) => {
      for (const revision of ['main', 'v1.0'] as const) {
        const path = revision === 'main' ? join(cacheDir, id) : join(cacheDir, id, revision)
        cpSync(folder!, path, { recursive: true })
        await using model = new HuggingFaceLocalModel({ modelName: id, cacheDir, revision, maxTokens: 6 })
        const { text, served } = await model.respond(prompt)
        expect(story.startsWith(text)).toBe(true)
        expect(served.sha256).toMatch(/^[0-9a-f]{64}$/)
        expect(served.model).toBe(id)
      }
      expect(requests).toEqual([])
    })
  })
})
