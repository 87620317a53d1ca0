export { type AnthropicSettings, createAnthropicDriver } from './anthropic-driver.ts'
export { AnthropicModel } from './anthropic-model.ts'
