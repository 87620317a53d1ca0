export { loadSuite } from './load-suite.ts'
export { type Suite, suites } from './suites.ts'
