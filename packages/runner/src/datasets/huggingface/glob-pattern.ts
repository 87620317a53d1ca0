/** A pattern for paths with `/`: `*` and `?` within a folder, `**` across folders, `[ab]`, and `{a,b}`. */
export function globPattern(glob: string): RegExp {
  let depth = 0
  const source = glob.replaceAll(/\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|[{},]|[.+^$()|\\[\]]/g, (token) => {
    switch (token) {
      case '**/':
        return '(?:[^/]+/)*'
      case '**':
        return '.*'
      case '*':
        return '[^/]*'
      case '?':
        return '[^/]'
      case '{':
        depth++
        return '(?:'
      case '}':
        if (depth === 0) return '\\}'
        depth--
        return ')'
      case ',':
        return depth > 0 ? '|' : ','
      default:
        return token.length > 2 && token.startsWith('[')
          ? token.replace('[!', '[^').replaceAll('\\', '\\\\')
          : `\\${token}`
    }
  })
  return new RegExp(`^${source}${')'.repeat(depth)}$`)
}
