import { createChatCalls } from '@insidellms/core/chat-completions'

/** A driver for a server that speaks chat completions, on the global fetch. */
export function createMinimalDriver({ baseUrl, apiKey }) {
  const post = async (body, signal) => {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
    if (response.ok) return response
    const text = await response.text()
    const error = response.headers.get('content-type')?.includes('json') ? JSON.parse(text).error : undefined
    throw Object.assign(new Error(error?.message ?? 'The server sent a page'), {
      status: response.status,
      headers: response.headers,
      error,
    })
  }
  return {
    specVersion: 1,
    supports: ['temperature', 'maxTokens', 'seed', 'stop', 'tools', 'toolChoice', 'logprobs', 'topLogprobs'],
    info: () => ({
      name: 'minimal-1',
      provider: 'minimal',
      modelId: 'minimal-1',
      maxTokens: null,
      supportsStreaming: true,
      supportsChat: true,
      extra: {},
    }),
    ...createChatCalls({
      provider: 'minimal',
      modelId: 'minimal-1',
      transport: { post, sdk: () => ({ name: 'fetch', version: process.version }) },
    }),
    secrets: () => [apiKey],
  }
}
