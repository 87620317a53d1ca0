import type { JsonObject } from '@insidellms/core'

/** A model's file, and the hash of the one that answered. */
export interface ModelWeights {
  path: string
  /** 64 hex digits. */
  sha256: string
}

/**
 * The files of a model whose settings name one. Of a model that is split into several, the hash is that of all together,
 * and only its engine can say it again.
 */
export function modelWeights(args: JsonObject | undefined, served: readonly JsonObject[]): ModelWeights[] {
  const path = args?.['modelPath']
  if (typeof path !== 'string' || /-\d{5}-of-\d{5}\.gguf$/.test(path)) return []
  return served.flatMap(({ sha256 }) => (typeof sha256 === 'string' ? [{ path, sha256 }] : []))
}
