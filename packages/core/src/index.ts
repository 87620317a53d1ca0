export type {
  AssistantMessage,
  ChatMessage,
  ImagePart,
  OtherPart,
  ReasoningPart,
  RefusalPart,
  ResponsePart,
  SystemMessage,
  TextPart,
  ToolCallPart,
  ToolMessage,
  UserMessage,
} from './chat-message.ts'
export type { Dataset } from './dataset.ts'
export {
  datasetRegistry,
  ensureBuiltinsRegistered,
  modelRegistry,
  probeRegistry,
  registry,
} from './default-registry.ts'
export { didYouMean } from './did-you-mean.ts'
export { DriverModel, type ModelSettings } from './driver-model.ts'
export { DummyModel, type DummySettings } from './dummy-model.ts'
export type {
  CallOptions,
  GenerateOptions,
  PortableOption,
  PortableOptions,
  ReasoningOptions,
  ResponseFormat,
  ToolChoice,
  ToolDefinition,
} from './generate-options.ts'
export { InsideLLMsError, type InsideLLMsErrorCode, type InsideLLMsErrorFields } from './insidellms-error.ts'
export type { JsonObject, JsonValue } from './json.ts'
export { cache, type CacheOptions, type CacheStore } from './middleware/cache.ts'
export { rateLimit, type RateLimitOptions } from './middleware/rate-limit.ts'
export { redact, type RedactOptions } from './middleware/redact.ts'
export { retry, type RetryOptions } from './middleware/retry.ts'
export { type BatchOptions, Model } from './model.ts'
export type {
  DriverEvent,
  DriverResponse,
  ErrorFacts,
  Middleware,
  ModelDriver,
  ModelRequest,
  PreparedDriver,
} from './model-driver.ts'
export type {
  FinishEvent,
  ModelDelta,
  ModelEvent,
  ReasoningDelta,
  RefusalDelta,
  TextDelta,
  ToolCallDelta,
} from './model-event.ts'
export type { ModelInfo } from './model-info.ts'
export type {
  Finish,
  FinishKind,
  HttpFacts,
  Ledger,
  LedgerEntry,
  ModelResponse,
  Served,
  Timing,
  TokenLogprob,
  Usage,
} from './model-response.ts'
export {
  definePlugin,
  type DatasetFactory,
  type ModelFactory,
  type Plugin,
  type PluginManifest,
  type ProbeFactory,
  type Registrar,
  type Registrars,
  type Settings,
} from './plugin.ts'
export { type DiscoverOptions, PluginRegistry, type PluginStatus } from './plugin-registry.ts'
export type { DatasetItem, Probe, ProbeResult } from './probe.ts'
export { type RegisterOptions, Registry, type RegistryEntryInfo } from './registry.ts'
export { portableOptions } from './portable-options.ts'
export { redactText } from './redact-text.ts'
export { TextStream } from './text-stream.ts'
