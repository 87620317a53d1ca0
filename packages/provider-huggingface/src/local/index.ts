export { createHuggingFaceLocalDriver, type HuggingFaceLocalSettings } from './local-driver.ts'
export { HuggingFaceLocalModel } from './local-model.ts'
