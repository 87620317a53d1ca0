const shown = new Set<string>()

/** Says a thing once per process: as a Node warning where there is one, else on the console. */
export function warnOnce(message: string): void {
  if (shown.has(message)) return
  shown.add(message)
  const { process } = globalThis as { process?: { emitWarning?: (message: string, type: string) => void } }
  if (process?.emitWarning) process.emitWarning(message, 'InsideLLMsWarning')
  else console.warn(message)
}
