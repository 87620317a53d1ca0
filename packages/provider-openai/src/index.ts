export { createOpenAIDriver, type OpenAISettings } from './openai-driver.ts'
export { OpenAIModel } from './openai-model.ts'
