/**
 * The objects of a body of JSON lines, one list per chunk. A last line without its line feed counts if it is whole.
 *
 * @throws {SyntaxError} for a line in the middle that is no JSON: nothing is passed over.
 */
export async function* jsonLines<T>(body: AsyncIterable<Uint8Array>): AsyncGenerator<T[], void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    const objects = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as T)
    if (objects.length > 0) yield objects
  }
  rest += decoder.decode()
  if (rest.trim() === '') return
  try {
    yield [JSON.parse(rest) as T]
  } catch {
    // A line that was cut off: what reads this finds that the end is missing.
  }
}
