import type { JsonValue, TokenLogprob } from '@insidellms/core/driver'

interface Candidate {
  logprob: number
  rank?: number | null
  decoded_token?: string | null
}

/**
 * Reads vLLM's `prompt_logprobs`: null for the first token, then for each place an object of candidates by token id.
 * The prompt's own token is among them, but not marked: it is known where it stands alone (`prompt_logprobs: 0`) or
 * where the answer has `prompt_token_ids` (`return_token_ids: true`). Undefined otherwise; `raw` keeps it all.
 *
 * Source: https://docs.vllm.ai/en/latest/api/vllm/logprobs/
 */
export function readPromptLogprobs(
  given: JsonValue | undefined,
  promptTokenIds: JsonValue | undefined,
): TokenLogprob[] | undefined {
  if (!Array.isArray(given)) return undefined
  const ids = Array.isArray(promptTokenIds) ? promptTokenIds : []
  const tokens: TokenLogprob[] = []
  for (const [index, place] of given.entries()) {
    if (place === null) {
      tokens.push({ token: '', logprob: null })
      continue
    }
    const candidates = place as unknown as Record<string, Candidate>
    const all = Object.values(candidates)
    const own = all.length === 1 ? all[0] : candidates[String(ids[index])]
    if (own === undefined) return undefined
    const top = all.length > 1 ? { top: all.toSorted((a, b) => b.logprob - a.logprob).map(toTop) } : {}
    tokens.push({ token: own.decoded_token ?? '', logprob: own.logprob, ...top })
  }
  return tokens
}

function toTop({ decoded_token: token, logprob }: Candidate): { token: string; logprob: number } {
  return { token: token ?? '', logprob }
}
