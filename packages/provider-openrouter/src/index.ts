export { createOpenRouterDriver, type OpenRouterRouting, type OpenRouterSettings } from './openrouter-driver.ts'
export { OpenRouterModel } from './openrouter-model.ts'
