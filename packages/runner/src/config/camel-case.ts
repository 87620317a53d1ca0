/** `max_tokens` as `maxTokens`. Leading underscores stay. */
export function camelCase(key: string): string {
  return key.replaceAll(/(?<=[^_])_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase())
}

/** `maxTokens` as `max_tokens`. */
export function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
