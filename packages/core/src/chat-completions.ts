/**
 * The chat completions wire format, which OpenAI began and most servers speak: options to body, body to response, and
 * streams, without any transport. Providers that ride on it give it their SDK and their quirks.
 */
export { type ChatDriverParts, type ChatTransport, createChatCalls } from './chat-completions/chat-driver.ts'
export { explainChatError, streamError } from './chat-completions/chat-errors.ts'
export { toChatMessages } from './chat-completions/chat-messages.ts'
export type { ChatQuirks } from './chat-completions/chat-quirks.ts'
export { type ChatRequestTarget, toChatRequest } from './chat-completions/chat-request.ts'
export { type ChatCompletion, readChatCompletion } from './chat-completions/chat-response.ts'
export { type OpenAISdk, postWithSdk } from './chat-completions/post-with-sdk.ts'
export { ChatStream } from './chat-completions/chat-stream.ts'
