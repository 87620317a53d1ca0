/** What a provider author needs: the contract's types, and the small tools that our own providers are written with. */
export { createHttpPool } from '#http-pool'
export type { HttpPool } from './http-pool-default.ts'
export { readEnvironment, requireApiKey, secretsOf } from './api-key.ts'
export type * from './chat-message.ts'
export { checkSettings } from './check-settings.ts'
export { finishOf } from './finish-of.ts'
export type {
  PortableOption,
  PortableOptions,
  ReasoningOptions,
  ResponseFormat,
  ToolChoice,
  ToolDefinition,
} from './generate-options.ts'
export { httpFacts } from './http-facts.ts'
export { InsideLLMsError, type InsideLLMsErrorCode } from './insidellms-error.ts'
export type { JsonObject, JsonValue } from './json.ts'
export type { DriverEvent, DriverResponse, ErrorFacts, ModelDriver, ModelRequest } from './model-driver.ts'
export type { ModelDelta } from './model-event.ts'
export type { ModelInfo } from './model-info.ts'
export type {
  Finish,
  FinishKind,
  HttpFacts,
  Ledger,
  LedgerEntry,
  Served,
  TokenLogprob,
  Usage,
} from './model-response.ts'
export { OptionWriter } from './option-writer.ts'
export { definePlugin, type Plugin } from './plugin.ts'
export { splitModelSettings } from './split-model-settings.ts'
export { toBase64 } from './to-base64.ts'
export { portableOptions } from './portable-options.ts'
export { serverSentEvents } from './server-sent-events.ts'
export { codeOfStatus } from './to-insidellms-error.ts'
export { usageOf } from './usage-of.ts'
