export { createGeminiDriver, type GeminiSettings } from './gemini-driver.ts'
export { GeminiModel } from './gemini-model.ts'
