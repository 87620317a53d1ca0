import { type DriverEvent, type Finish, InsideLLMsError, type Ledger, type TokenLogprob } from '@insidellms/core/driver'
import type {
  ControlledEvaluateIndexOutput,
  ControlledEvaluateInputItem,
  LlamaContextSequence,
  LlamaModel,
  SequenceEvaluateOptions,
  Token,
} from 'node-llama-cpp'
import type { LlamaCppEngine } from './llamacpp-engine.ts'
import { type EngineRequest, makeGrammar } from './llamacpp-request.ts'

/**
 * Answers one request: text as the tokens come, then the response. The numbers depend on the request alone: every call
 * begins with an empty context, and its tokens are never in one batch with another call's.
 *
 * @throws {InsideLLMsError} `context_overflow` before anything is evaluated; `invalid_request` for an empty prompt, or
 *   for a grammar that cannot be read.
 */
export async function* generate(
  engine: LlamaCppEngine,
  { prompt, body, ledger }: { prompt: Token[]; body: EngineRequest; ledger: Ledger },
  signal: AbortSignal | undefined,
): AsyncGenerator<DriverEvent, void, undefined> {
  const { sdk, model, window, sequences } = engine
  const { maxTokens = Infinity, promptLogprobs: wanted = false, logprobs: scored = false, topLogprobs = 0 } = body
  checkLength(prompt.length, window)
  const grammar = await makeGrammar(engine.llama, body)
  const stops = [...(body.stop ?? []), ...(grammar?.stopGenerationTriggers ?? []).map(String)]
  const text = new TextAssembler((tokens, before) => model.detokenize(tokens, false, before), prompt, stops)
  const tokens: Token[] = []
  let outputTokens = 0
  let finish: Finish | undefined = maxTokens === 0 ? { kind: 'length', raw: 'maxTokens' } : undefined
  let promptLogprobs: TokenLogprob[]
  let logprobs: TokenLogprob[] = []

  const sequence = await sequences.take(signal)
  try {
    const run: Run = { model, sequence, check: () => sequences.check(signal) }
    await sequence.clearHistory()
    const top = wanted === false ? undefined : Number(wanted === true ? 0 : wanted)
    promptLogprobs = await evaluateTokens(run, prompt, { from: 1, pieceLength: sequence.context.batchSize, top })
    const options = samplingOptions(body, window, tokens)
    if (grammar) options.grammarEvaluationState = new sdk.LlamaGrammarEvaluationState({ model, grammar })
    if (finish === undefined)
      for await (const token of sequence.evaluate(prompt.slice(-1), options)) {
        run.check()
        outputTokens++
        if (model.isEogToken(token)) finish = { kind: 'stop', raw: 'eogToken' }
        else {
          tokens.push(token)
          const delta = text.push(token)
          if (delta !== '') yield* sequences.pause({ type: 'text', text: delta } as const)
          if (text.stop !== undefined)
            finish = {
              kind: 'stop',
              raw: body.stop?.includes(text.stop) ? 'customStopTrigger' : 'stopGenerationTrigger',
            }
          else if (outputTokens >= maxTokens) finish = { kind: 'length', raw: 'maxTokens' }
          // For one token more the engine would have to forget the first ones.
          else if (prompt.length + tokens.length >= window) finish = { kind: 'length', raw: 'context' }
        }
        if (finish !== undefined) break
      }
    if (scored) {
      // The sampler tells only what is left after its cuts, so the tokens are evaluated once more, one by one as they
      // were sampled: in larger batches the numbers would differ in the third decimal.
      await sequence.eraseContextTokenRanges([{ start: prompt.length - 1, end: sequence.nextTokenIndex }])
      logprobs = await evaluateTokens(run, [...prompt, ...tokens], {
        from: prompt.length,
        pieceLength: 1,
        top: topLogprobs,
      })
    }
  } finally {
    sequences.give(sequence)
  }
  if (finish === undefined)
    throw new InsideLLMsError('incomplete_stream', 'the engine stopped before the answer was complete.')

  const rest = text.end(finish.kind === 'length')
  if (rest !== '') yield { type: 'text', text: rest }
  const [first] = prompt
  const response = {
    parts: [{ type: 'text' as const, text: text.whole }],
    finish,
    usage: { inputTokens: prompt.length, outputTokens, totalTokens: prompt.length + outputTokens },
    ...(scored && { logprobs }),
    ...(wanted !== false && {
      promptLogprobs: [{ token: model.detokenize([first!], true), logprob: null }, ...promptLogprobs],
    }),
    ledger,
    served: { ...(await engine.served) },
    request: { ...body },
    raw: { tokens, stopReason: finish.raw },
  }
  yield { type: 'finish', response }
}

interface Run {
  model: LlamaModel
  sequence: LlamaContextSequence
  /** Throws when the caller aborted. */
  check(): void
}

function checkLength(tokens: number, window: number): void {
  if (tokens === 0) throw new InsideLLMsError('invalid_request', 'the prompt is empty: there is nothing to go on from.')
  if (tokens >= window)
    throw new InsideLLMsError(
      'context_overflow',
      `the prompt has ${tokens} tokens; the window has ${window}, of which the answer needs at least one. Shorten the prompt, or set a larger contextSize.`,
    )
}

/**
 * Evaluates the tokens from `from - 1` to the last but one: each says what comes next. In pieces, so that an abort need
 * not wait for the whole of a long prompt.
 *
 * @returns With `top`, the log probability of each token from `from` on, and that many alternatives: in the model's own
 *   distribution, before temperature, penalties, cuts and grammar.
 */
async function evaluateTokens(
  { model, sequence, check }: Run,
  tokens: Token[],
  { from, pieceLength, top }: { from: number; pieceLength: number; top: number | undefined },
): Promise<TokenLogprob[]> {
  const logprobs: TokenLogprob[] = []
  for (let start = from; start < tokens.length; start += pieceLength) {
    check()
    const piece = tokens.slice(start - 1, Math.min(start - 1 + pieceLength, tokens.length - 1))
    if (top === undefined) await sequence.evaluateWithoutGeneratingNewTokens(piece)
    else {
      const asked = piece.map((token, index) => askLogits(token, tokens[start + index]!, top))
      for (const [index, output] of (await sequence.controlledEvaluate(asked)).entries())
        logprobs.push(readLogprob(model, tokens, start + index, output!, top))
    }
  }
  return logprobs
}

function askLogits(token: Token, next: Token, top: number): ControlledEvaluateInputItem {
  const logits = { filter: { tokens: [next], includeTop: Math.max(top, 1) } }
  return [token, { generateNext: { logits, totalLogitWeight: true, options: { temperature: 0 } } }]
}

function readLogprob(
  model: LlamaModel,
  tokens: Token[],
  place: number,
  { next: { logits = new Map(), totalLogitWeight = 0 } }: ControlledEvaluateIndexOutput,
  top: number,
): TokenLogprob {
  const token = tokens[place]!
  // Those before a token say whether its text begins with a space.
  const before = tokens.slice(Math.max(0, place - 4), place)
  const best = [...logits].slice(0, Math.max(top, 1))
  const read = (other: Token, logit: number): { token: string; logprob: number } => ({
    token: model.detokenize([other], true, before),
    logprob: logit - best[0]![1] - Math.log(totalLogitWeight),
  })
  return {
    ...read(token, logits.get(token)!),
    ...(top > 0 && { top: best.map(([other, logit]) => read(other, logit)) }),
  }
}

/** @param tokens The generated ones, which the caller adds to: penalties are for them, and not for the prompt's. */
function samplingOptions(body: EngineRequest, window: number, tokens: Token[]): SequenceEvaluateOptions {
  const { temperature, topK, topP, minP, seed, presencePenalty = 0, frequencyPenalty = 0, repeatPenalty = 1 } = body
  const penalties = { penalty: repeatPenalty, presencePenalty, frequencyPenalty }
  return {
    temperature,
    topK,
    topP,
    minP,
    yieldEogToken: true,
    ...(seed !== undefined && { seed }),
    ...((repeatPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0) && {
      repeatPenalty: { ...penalties, punishTokens: () => tokens, maxPunishTokens: window },
    }),
  }
}

/** Makes text of tokens: whole characters only, and never a piece of what may become a stop text. */
export class TextAssembler {
  whole = ''
  /** The stop text that was met. It is no part of the text, nor is what came after it. */
  stop: string | undefined
  readonly #detokenize: (tokens: Token[], before: Token[]) => string
  readonly #stops: readonly string[]
  #before: Token[]
  /** Tokens of which the last one ends inside a character. */
  #pending: Token[] = []
  /** How much of the pending tokens' text was taken already. */
  #taken = 0
  #held = ''

  constructor(detokenize: (tokens: Token[], before: Token[]) => string, prompt: Token[], stops: readonly string[]) {
    this.#detokenize = detokenize
    this.#before = prompt.slice(-4)
    this.#stops = stops
  }

  /** The text that is certain with this token. */
  push(token: Token): string {
    this.#pending.push(token)
    const text = this.#detokenize(this.#pending, this.#before)
    // What stands for an unfinished character at the end; the next token may finish it.
    const certain = text.endsWith('\ufffd') ? text.slice(0, -1) : text
    const fresh = certain.slice(this.#taken)
    this.#taken = certain.length
    if (certain === text) {
      this.#before = [...this.#before, ...this.#pending].slice(-4)
      this.#pending = []
      this.#taken = 0
    }
    return this.#release(fresh)
  }

  /** The rest. An unfinished character is left out where the answer was cut, else it is what the model wrote. */
  end(cut: boolean): string {
    const last = this.#pending.length > 0 && !cut && this.stop === undefined ? '\ufffd' : ''
    const rest = this.#held + last
    this.#held = ''
    this.whole += rest
    return rest
  }

  #release(fresh: string): string {
    const text = this.#held + fresh
    let end = text.length
    for (const stop of this.#stops) {
      const place = text.indexOf(stop)
      if (place === -1 || place >= end) continue
      end = place
      this.stop = stop
    }
    if (this.stop === undefined)
      for (end = 0; end < text.length; end++) if (this.#stops.some((stop) => stop.startsWith(text.slice(end)))) break
    this.#held = this.stop === undefined ? text.slice(end) : ''
    const released = text.slice(0, end)
    this.whole += released
    return released
  }
}
