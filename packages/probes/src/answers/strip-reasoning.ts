/**
 * Takes out the thinking that some local models write into their answer, between `<think>` and `</think>`. A block
 * that never closes means that the answer was cut while thinking: nothing is left.
 */
export function stripReasoning(text: string): string {
  const closed = text.replaceAll(/<(think|thinking|reasoning)>[\s\S]*?<\/\1>/giu, '')
  // Templates that open the block in the prompt leave only its end in the answer.
  const tail = closed.replace(/^[\s\S]*<\/(?:think|thinking|reasoning)>/iu, '')
  return tail.replace(/<(?:think|thinking|reasoning)>[\s\S]*$/iu, '').trim()
}
