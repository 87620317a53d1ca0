import { setTimeout as sleep } from 'node:timers/promises'
import { codeOfStatus } from '@insidellms/core/driver'
import { InsideLLMsError } from '@insidellms/core'

const mostAttempts = 4
const firstPauseMs = 500
const longestPauseMs = 60_000
const mostRedirects = 10

export interface HubClientOptions {
  /** What `HF_ENDPOINT` and `HF_TOKEN` are read from. Default: `process.env`. */
  environment?: Record<string, string | undefined>
}

/** Asks the Hugging Face hub, or a mirror of it. */
export class HubClient {
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly #token: string | undefined

  constructor({ environment = process.env }: HubClientOptions = {}) {
    this.endpoint = (environment['HF_ENDPOINT']?.trim() || 'https://huggingface.co').replace(/\/+$/, '')
    this.#token = environment['HF_TOKEN']?.trim() || undefined
    if (!URL.canParse(this.endpoint) || !/^https?:$/.test(new URL(this.endpoint).protocol))
      throw new InsideLLMsError('config', 'HF_ENDPOINT is no http address. Correct it, or unset it.')
  }

  /** Of the endpoint, for paths: a mirror's files are its own. */
  get host(): string {
    return new URL(this.endpoint).host
  }

  /**
   * A successful response. Asks again after a network error, 408, 429 and 5xx.
   *
   * @param dataset For messages.
   * @throws {InsideLLMsError} `auth`, `not_found`, `network`, ... saying how to mend it.
   */
  async get(address: string, dataset: string, headers: Record<string, string> = {}): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      let response: Response | undefined
      let failure: unknown
      try {
        response = await this.#follow(new URL(address, `${this.endpoint}/`), headers)
        if (response.ok || response.status === 416) return response
      } catch (error) {
        if (InsideLLMsError.isInstance(error)) throw error
        failure = error
      }
      const error =
        response === undefined ? this.#unreachable(dataset, failure) : await this.#refused(response, dataset)
      if (!error.retryable || attempt === mostAttempts) throw error
      await sleep(Math.min(longestPauseMs, error.retryAfterMs ?? firstPauseMs * 2 ** (attempt - 1)))
    }
  }

  /** Follows redirects by hand: the token is for the hub alone, never for the store that holds its files. */
  async #follow(start: URL, headers: Record<string, string>): Promise<Response> {
    const home = new URL(this.endpoint).origin
    let url = start
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: {
          // Ranges and sizes are those of the file, not of a packed form.
          'accept-encoding': 'identity',
          ...headers,
          ...(this.#token !== undefined && url.origin === home && { authorization: `Bearer ${this.#token}` }),
        },
      })
      const location = response.headers.get('location')
      if (location === null || response.status < 300 || response.status > 399) return response
      await response.body?.cancel()
      const next = new URL(location, url)
      if (!/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol !== 'https:'))
        throw new InsideLLMsError('network', `${url.host} redirects to an address that is not safe; nothing was read.`)
      url = next
    }
    throw new InsideLLMsError('network', `${start.host} redirects in a circle.`)
  }

  #unreachable(dataset: string, cause: unknown): InsideLLMsError {
    const { message, cause: reason } = cause as Error
    return new InsideLLMsError(
      'network',
      `Cannot reach ${this.host} for the dataset ${dataset}: ${reason instanceof Error && reason.message !== '' ? reason.message : message}. Check the network and HF_ENDPOINT. With a commit as dataset.revision, files that were fetched before are read without network.`,
      { cause },
    )
  }

  async #refused(response: Response, dataset: string): Promise<InsideLLMsError> {
    await response.body?.cancel()
    const { status, headers } = response
    const retryAfter = Number(headers.get('retry-after') ?? Number.NaN)
    return new InsideLLMsError(
      codeOfStatus(status) ?? 'invalid_response',
      `${this.host} answers ${status} for the dataset ${dataset}: ${this.#advice(status, headers.get('x-error-code'), dataset)}`,
      { status, ...(Number.isFinite(retryAfter) && { retryAfterMs: retryAfter * 1000 }) },
    )
  }

  #advice(status: number, code: string | null, dataset: string): string {
    if (code === 'GatedRepo')
      return `it is gated. Accept its conditions at ${this.endpoint}/datasets/${dataset}, and set HF_TOKEN to a token of that account.`
    if (code === 'RevisionNotFound') return 'it has no such revision. Correct dataset.revision.'
    if (code === 'EntryNotFound') return 'it has no such file at this revision.'
    if (status === 401 || status === 403)
      return this.#token === undefined
        ? 'it is private or gated, or there is none of that name. Check dataset.name; for a private one set HF_TOKEN to a token that may read it.'
        : 'the token in HF_TOKEN is not valid, or may not read it. Check dataset.name and the token.'
    if (status === 404)
      return `there is none of that name, or it is private${this.#token === undefined ? '' : ' and the token in HF_TOKEN may not read it'}. Check dataset.name (owner/dataset)${this.#token === undefined ? '; for a private one set HF_TOKEN' : ''}.`
    if (status === 429) return 'too many requests. Try again later, or set HF_TOKEN.'
    return status >= 500 ? 'the hub has a problem. Try again later.' : 'the request was refused.'
  }
}
