/** A `fetch` with connections of its own. */
export interface HttpPool {
  fetch: typeof fetch
  /** Closes all connections: a call under way fails. */
  close(): void
}

/** Browsers and edge runtimes pool connections themselves. The global is looked up at each call: a program may replace it. */
export function createHttpPool(): HttpPool {
  return { fetch: (input, init) => globalThis.fetch(input, init), close: () => undefined }
}
