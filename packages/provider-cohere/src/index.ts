export { type CohereSettings, createCohereDriver } from './cohere-driver.ts'
export { CohereModel } from './cohere-model.ts'
