export { type CompatibleClientSettings, OpenAICompatibleClient } from './openai-compatible-client.ts'
export type { ChatQuirks } from '@insidellms/core/chat-completions'
export {
  type CompatibleDriverParts,
  createCompatibleDriver,
  createOpenAICompatibleDriver,
  type OpenAICompatibleSettings,
} from './openai-compatible-driver.ts'
export { OpenAICompatibleModel } from './openai-compatible-model.ts'
export { type VendorName, type VendorPreset, vendorPresets } from './vendor-presets.ts'
