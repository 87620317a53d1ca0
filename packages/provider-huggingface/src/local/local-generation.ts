import { type DriverEvent, type Finish, InsideLLMsError, type Ledger, type TokenLogprob } from '@insidellms/core/driver'
import type {
  DynamicCache,
  GenerationConfig,
  LogitsProcessor,
  PreTrainedTokenizer,
  Tensor,
} from '@huggingface/transformers'
import { orAborted } from '../or-aborted.ts'
import type { LocalEngine } from './local-engine.ts'
import type { LocalRequest } from './local-request.ts'
import { argMax, logSumExp, sampleToken, topIndices } from './token-sampler.ts'
import { TextAssembler } from './text-assembler.ts'

/**
 * Answers one request: text as the tokens come, then the response. transformers.js evaluates, one token at a time, with
 * every generation setting of its own and of the model's off; what comes next is chosen here, because its sampler tells
 * no log probabilities and draws from one generator for the whole process.
 *
 * @throws {InsideLLMsError} `context_overflow` before anything is evaluated; `invalid_request` for an empty prompt.
 */
export async function* generate(
  engine: LocalEngine,
  { prompt, body, ledger }: { prompt: number[]; body: LocalRequest; ledger: Ledger },
  signal: AbortSignal | undefined,
): AsyncGenerator<DriverEvent, void, undefined> {
  const { sdk, window, steps, ends } = engine
  const { maxTokens = Infinity, logprobs: scored = false, topLogprobs = 0, seed = 0 } = body
  checkLength(prompt.length, window, maxTokens)
  const detokenize = createDetokenizer(engine.tokenizer)
  const text = new TextAssembler(detokenize, prompt, body.stop ?? [])
  const random = new sdk.random.Random(seed)
  const tokens: number[] = []
  const counts = new Map<number, number>()
  const logprobs: TokenLogprob[] = []
  let outputTokens = 0
  let finish: Finish | undefined = maxTokens === 0 ? { kind: 'length', raw: 'max_tokens' } : undefined
  const cache = new sdk.DynamicCache()
  try {
    while (finish === undefined) {
      const logits = await steps.run(() => evaluate(engine, [...prompt, ...tokens], cache), signal)
      const token = sampleToken(logits, body, counts, () => random.random())
      outputTokens++
      if (ends.has(token)) {
        finish = { kind: 'stop', raw: 'eos_token' }
        break
      }
      if (scored) logprobs.push(readLogprob(logits, token, topLogprobs, (other) => detokenize([other], text.before)))
      tokens.push(token)
      counts.set(token, (counts.get(token) ?? 0) + 1)
      const delta = text.push(token)
      if (text.stop !== undefined) finish = { kind: 'stop', raw: 'stop_sequence' }
      else if (outputTokens >= maxTokens) finish = { kind: 'length', raw: 'max_tokens' }
      else if (window !== undefined && prompt.length + tokens.length >= window)
        finish = { kind: 'length', raw: 'context' }
      if (delta !== '') yield { type: 'text', text: delta }
    }
  } finally {
    // On a GPU the cache's memory is freed by hand, and a step that was left may still be using it.
    void steps.behind(() => cache.dispose())
  }
  const rest = text.end(finish.kind === 'length')
  if (rest !== '') yield { type: 'text', text: rest }
  const response = {
    parts: [{ type: 'text' as const, text: text.whole }],
    finish,
    usage: { inputTokens: prompt.length, outputTokens, totalTokens: prompt.length + outputTokens },
    ...(scored && { logprobs }),
    ledger,
    served: { ...(await orAborted(engine.served, signal)) },
    request: { ...body },
    raw: { tokens, stopReason: finish.raw },
  }
  yield { type: 'finish', response }
}

function checkLength(tokens: number, window: number | undefined, maxTokens: number): void {
  if (tokens === 0) throw new InsideLLMsError('invalid_request', 'the prompt is empty: there is nothing to go on from.')
  if (window === undefined) {
    if (maxTokens !== Infinity) return
    throw new InsideLLMsError('invalid_request', 'the model does not say how long its context is: set maxTokens.')
  }
  if (tokens >= window)
    throw new InsideLLMsError(
      'context_overflow',
      `the prompt has ${tokens} tokens; the window has ${window}, of which the answer needs at least one. Shorten the prompt.`,
    )
}

/** The model's own logits for what follows the tokens. Those that the cache has are not evaluated again. */
async function evaluate({ sdk, model }: LocalEngine, tokens: number[], cache: DynamicCache): Promise<Float32Array> {
  let logits: Float32Array | undefined
  const read = (_ids: bigint[][], scores: Tensor): Tensor => {
    logits = Float32Array.from(scores.data as Float32Array)
    return scores
  }
  const readers = new sdk.LogitsProcessorList()
  // A processor is whatever can be called so.
  readers.push(read as unknown as LogitsProcessor)
  const shape = [1, tokens.length]
  await model.generate({
    input_ids: new sdk.Tensor('int64', BigInt64Array.from(tokens, BigInt), shape),
    attention_mask: new sdk.Tensor('int64', new BigInt64Array(tokens.length).fill(1n), shape),
    past_key_values: cache,
    generation_config: new sdk.GenerationConfig({} as GenerationConfig),
    max_new_tokens: 1,
    logits_processor: readers,
  })
  if (logits === undefined || !Number.isFinite(logits[argMax(logits)]))
    throw new InsideLLMsError(
      'server',
      'the model gave no numbers to choose a token by. Its weights overflow: take another dtype or device.',
      { retryable: false },
    )
  return logits
}

function createDetokenizer(tokenizer: PreTrainedTokenizer): (tokens: number[], before: number[]) => string {
  const decode = (tokens: number[]): string =>
    tokens.length === 0
      ? ''
      : tokenizer.decode(tokens, { skip_special_tokens: true, clean_up_tokenization_spaces: false })
  // The tokens before say whether the text begins with a space.
  return (tokens, before) => decode([...before, ...tokens]).slice(decode(before).length)
}

/** In the model's own distribution: before temperature, penalties and cuts. */
function readLogprob(
  logits: Float32Array,
  token: number,
  top: number,
  textOf: (token: number) => string,
): TokenLogprob {
  const total = logSumExp(logits)
  const read = (other: number): { token: string; logprob: number } => ({
    token: textOf(other),
    logprob: logits[other]! - total,
  })
  return { ...read(token), ...(top > 0 && { top: topIndices(logits, top).map(read) }) }
}
