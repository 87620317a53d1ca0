export { type CliStreams, main } from './main.ts'
