import OpenAI from 'openai'
import { callWith } from '../../lib/openai-sdk.mjs'

/** @param {string} origin */
export function connect(origin) {
  return callWith(new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1` }))
}
