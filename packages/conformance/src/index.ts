export { conformanceCases } from './all-cases.ts'
export { chatCompletionsWire } from './chat-completions-wire.ts'
export type { CaseGroup, GroupedCase } from './conformance-case.ts'
export type { ProviderDescription, Target } from './provider-description.ts'
export {
  type Chunk,
  json,
  ndjson,
  noReply,
  type ReplyOptions,
  type ScriptedReply,
  sse,
  sseEvent,
  stream,
  text,
  type WireReply,
} from './reply.ts'
export { checkProvider, type CheckOptions, type ConformanceReport, type ReportedCase, reportText } from './report.ts'
export { conformanceReportSchema } from './report-schema.ts'
export type { CaseOutcome, SkippedBecause } from './run-cases.ts'
export { type RecordedRequest, type Script, type ScriptedServer, startScriptedServer } from './scripted-server.ts'
export type { VendorWire, WireAnswer, WireError, WireLogprob } from './vendor-wire.ts'
