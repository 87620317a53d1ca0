/** Sentences, line by line: a line end always ends one. A full stop inside a number or an abbreviation of one letter does not. */
export function splitSentences(text: string): string[] {
  return text
    .split(/\n+/u)
    .flatMap((line) =>
      line.split(
        /(?<=[.!?][)"'\u201d\u2019*_]{0,9})(?<!(?:^|[^\p{L}])\p{L}\.)\s+|(?<=[\u3002\uff01\uff1f])(?=[^\u3002\uff01\uff1f\u300d])/u,
      ),
    )
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}

/** Words as white space separates them. */
export function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0
}
