import { type DriverModel, type ModelSettings, retry, type RetryOptions } from '@insidellms/core'
import { AnthropicModel } from '@insidellms/provider-anthropic'
import { CohereModel } from '@insidellms/provider-cohere'
import { GeminiModel } from '@insidellms/provider-google'
import { HuggingFaceModel } from '@insidellms/provider-huggingface'
import { OllamaModel } from '@insidellms/provider-ollama'
import { OpenAIModel } from '@insidellms/provider-openai'
import { OpenAICompatibleModel } from '@insidellms/provider-openai-compatible'
import { OpenRouterModel } from '@insidellms/provider-openrouter'
import { VllmModel } from '@insidellms/provider-vllm'

type Common = ModelSettings & { modelName: string; apiKey: string; headers: Record<string, string> }

const makers: Record<string, (url: string, common: Common) => DriverModel> = {
  openai: (url, common) => new OpenAIModel({ ...common, baseUrl: `${url}/v1` }),
  'openai-responses': (url, common) => new OpenAIModel({ ...common, baseUrl: `${url}/v1`, api: 'responses' }),
  'openai-compatible': (url, common) => new OpenAICompatibleModel({ ...common, baseUrl: `${url}/v1` }),
  vllm: (url, common) => new VllmModel({ ...common, baseUrl: `${url}/v1` }),
  openrouter: (url, common) => new OpenRouterModel({ ...common, baseUrl: `${url}/api/v1` }),
  huggingface: (url, common) => new HuggingFaceModel({ ...common, endpointUrl: url }),
  anthropic: (url, common) => new AnthropicModel({ ...common, baseUrl: url }),
  gemini: (url, common) => new GeminiModel({ ...common, baseUrl: url }),
  cohere: (url, common) => new CohereModel({ ...common, baseUrl: url }),
  ollama: (url, common) => new OllamaModel({ ...common, baseUrl: url }),
}

/** Every provider that speaks an API of aimock's. */
export const contenders: readonly string[] = Object.keys(makers)

/** A model that talks to aimock; its name is its test id there. */
export function createContender(name: string, url: string, onRetry: NonNullable<RetryOptions['onRetry']>): DriverModel {
  return makers[name]!(url, {
    modelName: 'asked-model',
    apiKey: 'sk-test-0123456789abcdef',
    headers: { 'x-test-id': name },
    maxRetries: 0,
    middleware: [retry({ maxRetries: 2, baseDelayMs: 1, maxDelayMs: 5, onRetry })],
  })
}
