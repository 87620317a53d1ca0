import { InsideLLMsError } from '@insidellms/core'

/** A line that is no record. */
export function unreadableLine(path: string, line: number, reason: string = 'this is no JSON object'): InsideLLMsError {
  return new InsideLLMsError(
    'invalid_request',
    `${path}, line ${line}: ${reason}. Run \`insidellms validate\` on the run, and restore the file.`,
  )
}
