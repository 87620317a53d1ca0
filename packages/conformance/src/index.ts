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
} from './reply.ts'
export { type RecordedRequest, type Script, type ScriptedServer, startScriptedServer } from './scripted-server.ts'
