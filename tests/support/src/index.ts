export { expectChatCompletion, recordedEvents } from './expect-chat-completion.ts'
export { loadRecordings, type Recording } from './recordings.ts'
export { type BodyValidator, loadBodyValidator } from './spec-validator.ts'
export { sharedPath } from './shared-path.ts'
