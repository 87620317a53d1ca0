/** `models[0].args`, or "the config" for the whole. */
export function showPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const segment of path)
    text += typeof segment === 'number' ? `[${segment}]` : `${text === '' ? '' : '.'}${String(segment)}`
  return text === '' ? 'The config' : text
}
