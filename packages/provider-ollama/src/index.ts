export { createOllamaDriver, type OllamaSettings } from './ollama-driver.ts'
export { OllamaModel } from './ollama-model.ts'
