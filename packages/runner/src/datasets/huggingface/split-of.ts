const words: Record<string, string> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  eval: 'test',
  evaluation: 'test',
}

/** The split that a file belongs to by its name, else by the nearest folder that says one. */
export function splitOf(path: string): string | undefined {
  const parts = path.split('/')
  const file = parts.pop()!
  const shard = /^(.+?)-\d{5}-of-\d{5}/.exec(file)?.[1]
  if (shard !== undefined) return shard
  // The hub's own conversion: config/split/0000.parquet.
  if (/^\d{4,}\.parquet$/.test(file) && parts.length > 0) return parts.at(-1)
  for (const part of [file, ...parts.reverse()])
    for (const word of part.toLowerCase().split(/[^a-z]+/)) if (Object.hasOwn(words, word)) return words[word]
  return undefined
}
