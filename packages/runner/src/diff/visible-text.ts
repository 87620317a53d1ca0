/**
 * Characters that a terminal obeys instead of showing, that reorder or hide text, or that break a line: controls,
 * bidirectional marks (Unicode UAX #9, "Trojan Source"), zero-width and other format characters, line and paragraph
 * separators, variation selectors but the common text and emoji ones, tags, lone surrogates.
 */
const unseen = /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text on one line, with everything unseen written out, such as `\u{1b}` for an escape. */
export function visibleText(text: string): string {
  return text.replace(unseen, (character) => named[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** JSON text with everything unseen inside its strings as `\uXXXX`: the same value, safe to show. */
export function visibleJson(json: string): string {
  return json.replace(unseen, (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, at) => escaped(character, at)).join(''),
  )
}

function escaped(character: string, at: number): string {
  return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
}
