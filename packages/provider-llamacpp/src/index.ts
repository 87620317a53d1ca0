export { createLlamaCppDriver, type LlamaCppSettings } from './llamacpp-driver.ts'
export { LlamaCppModel } from './llamacpp-model.ts'
