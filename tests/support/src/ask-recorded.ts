import type { ScriptedReply } from '@insidellms/conformance'
import type { Model, ModelResponse } from '@insidellms/core'
import type { Recording } from './recordings.ts'
import type { WithModel } from './with-model.ts'

/** The recorded bytes as they came, in one piece. */
export function replay({ status, headers, body }: Recording): ScriptedReply {
  return { status, headers, chunks: [body] }
}

/** Asks as the recording was asked, whole or streamed; `text` is what a reader of the stream sees. */
export async function askRecorded(
  model: Model,
  { streamed }: Pick<Recording, 'streamed'>,
): Promise<{ response: ModelResponse; text: string }> {
  if (!streamed) {
    const response = await model.respond('hello')
    return { response, text: response.text }
  }
  const answer = model.stream('hello')
  let text = ''
  for await (const piece of answer) text += piece
  return { response: await answer.response, text }
}

/** What a model reads of a recording that the server plays. */
export function askReplayed<Settings>(
  withModel: WithModel<Model, Settings>,
  recording: Recording,
  settings?: Settings,
): Promise<{ response: ModelResponse; text: string }> {
  return withModel(
    () => replay(recording),
    (model) => askRecorded(model, recording),
    settings,
  )
}
