/** The first place from `start` on that is no white space of JSON (RFC 8259, section 2), at most `end`. */
export function skipSpace(buffer: Buffer, start: number, end: number): number {
  let at = start
  while (at < end) {
    const byte = buffer[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) break
    at += 1
  }
  return at
}
