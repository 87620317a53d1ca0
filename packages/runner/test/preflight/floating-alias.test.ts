import type { JsonObject } from '@insidellms/core'
import { describe, expect, test } from 'vitest'
import { floatingAlias } from '../../src/preflight/floating-alias.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'

const floating: [provider: string, modelId: string, extra?: JsonObject][] = [
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-4.1-mini'],
  ['openai', 'gpt-5'],
  ['openai', 'o3'],
  ['openai', 'o4-mini'],
  ['openai', 'chatgpt-4o-latest'],
  ['openai', 'gpt-3.5-turbo'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['anthropic', 'claude-opus-4-1'],
  ['anthropic', 'claude-opus-4-0'],
  ['anthropic', 'claude-3-5-sonnet-latest'],
  ['gemini', 'gemini-flash-latest'],
  ['gemini', 'gemini-2.0-flash'],
  ['gemini', 'gemini-1.5-pro'],
  ['gemini', 'gemini-3-pro-preview'],
  ['gemini', 'models/gemini-1.5-pro-latest'],
  ['cohere', 'command-r-plus'],
  ['cohere', 'command-nightly'],
  ['ollama', 'llama3.2'],
  ['ollama', 'llama3.2:latest'],
  ['ollama', 'registry.example:5000/team/model'],
  ['huggingface', 'meta-llama/Llama-3.3-70B-Instruct', { provider: 'auto' }],
  ['huggingface', 'onnx-community/x', { backend: 'local', revision: 'main' }],
  ['openrouter', 'openrouter/auto', { routing: { only: ['openai'] } }],
  ['openrouter', 'meta-llama/llama-3.3-70b-instruct', { routing: { require_parameters: true } }],
  ['openrouter', 'openai/gpt-4o', { routing: { only: ['openai'] } }],
  ['openrouter', 'anthropic/claude-sonnet-4-5:beta', { routing: { order: ['anthropic'], allow_fallbacks: false } }],
  ['openai-compatible', 'mistral-large-latest'],
  ['somebody-else', 'model-1', { floating: true }],
]

const pinned: typeof floating = [
  ['openai', 'gpt-4o-2024-08-06'],
  ['openai', 'gpt-4-0613'],
  ['openai', 'gpt-4-1106-preview'],
  ['openai', 'o3-2025-04-16'],
  ['openai', 'ft:gpt-4o-mini-2024-07-18:lab::abc123'],
  ['openai', 'qwen3-8b'],
  ['openai', 'gpt-oss-120b'],
  ['anthropic', 'claude-sonnet-4-5-20250929'],
  ['anthropic', 'claude-sonnet-4-5@20250929'],
  ['anthropic', 'claude-opus-4-6'],
  ['anthropic', 'claude-opus-5'],
  ['anthropic', 'claude-2.1'],
  ['gemini', 'gemini-2.0-flash-001'],
  ['gemini', 'gemini-2.5-pro'],
  ['gemini', 'gemini-2.5-flash-preview-09-2025'],
  ['gemini', 'gemini-2.5-flash-preview-05-20'],
  ['gemini', 'gemma-3-12b-it'],
  ['cohere', 'command-a-03-2025'],
  ['ollama', 'llama3.2:3b-instruct-q8_0'],
  ['ollama', 'registry.example:5000/team/model:q8_0'],
  ['huggingface', 'onnx-community/x', { backend: 'local', revision: commit }],
  ['huggingface', 'a-folder', { backend: 'local' }],
  ['huggingface', 'tgi', { endpointUrl: 'https://x.endpoints.huggingface.cloud' }],
  ['openrouter', 'openai/gpt-4o-2024-08-06', { routing: { only: ['openai'] } }],
  ['openrouter', 'meta-llama/llama-3.3-70b-instruct', { routing: { only: ['together'] } }],
  ['vllm', 'meta-llama/Llama-3.3-70B-Instruct'],
  ['llamacpp', 'stories260K'],
  ['dummy', 'dummy'],
  ['openai', 'gpt-4o', { floating: false }],
  ['constructor', 'toString'],
]

describe('floatingAlias', () => {
  test.each(floating)('%s %s may come to mean another model', (provider, modelId, extra = {}) => {
    expect(floatingAlias({ provider, modelId, extra })).toMatch(/\w{3,}/)
  })

  test.each(pinned)('%s %s stays what it is', (provider, modelId, extra = {}) => {
    expect(floatingAlias({ provider, modelId, extra })).toBeUndefined()
  })
})
