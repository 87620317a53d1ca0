export { createHuggingFaceDriver, type HuggingFaceSettings } from './huggingface-driver.ts'
export { HuggingFaceModel } from './huggingface-model.ts'
