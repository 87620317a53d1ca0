import { withModelOf } from '@insidellms/test-support'
import { GeminiModel } from '../src/gemini-model.ts'

export const key = 'AIzaTestKey0123456789'

/** An answer as https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse has it. */
export const answer = {
  candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
  modelVersion: 'gemini-2.5-flash-001',
  responseId: 'resp-1',
}

export const withModel = withModelOf<GeminiModel, ConstructorParameters<typeof GeminiModel>[0]>(
  (baseUrl, settings) =>
    new GeminiModel({ modelName: 'gemini-2.5-flash', apiKey: key, baseUrl, maxRetries: 0, ...settings }),
)
