import { fileURLToPath } from 'node:url'

/** The same weights as they were trained (`f32`), and rounded to 8 or 4 bits. */
export type TinyVariant = 'f32' | 'q8_0' | 'q4_0'

export const tinyVariants: readonly TinyVariant[] = ['f32', 'q8_0', 'q4_0']

/** Absolute path of the GGUF file of a variant. */
export function tinyModelPath(variant: TinyVariant): string {
  return fileURLToPath(new URL(`../models/insidellms-tiny-${variant}.gguf`, import.meta.url))
}
