export { createVllmDriver, type VllmSettings } from './vllm-driver.ts'
export { VllmModel } from './vllm-model.ts'
