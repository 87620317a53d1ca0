export { createTinyDriver, type TinySettings } from './tiny-driver.ts'
export { TinyModel } from './tiny-model.ts'
export { tinyModelPath, type TinyVariant, tinyVariants } from './tiny-variants.ts'
export { type TinySuite, tinySuitePath, tinySuites } from './tiny-suites.ts'
