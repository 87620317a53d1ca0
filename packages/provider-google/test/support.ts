import { type Script, type ScriptedServer, startScriptedServer } from '@insidellms/conformance'
import { GeminiModel } from '../src/gemini-model.ts'

export const key = 'AIzaTestKey0123456789'

/** An answer as https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse has it. */
export const answer = {
  candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
  modelVersion: 'gemini-2.5-flash-001',
  responseId: 'resp-1',
}

export async function withModel<T>(
  script: Script,
  use: (model: GeminiModel, server: ScriptedServer) => Promise<T>,
  settings: Partial<ConstructorParameters<typeof GeminiModel>[0]> = {},
): Promise<T> {
  await using server = await startScriptedServer(script)
  await using model = new GeminiModel({
    modelName: 'gemini-2.5-flash',
    apiKey: key,
    baseUrl: server.url,
    maxRetries: 0,
    ...settings,
  })
  return await use(model, server)
}
