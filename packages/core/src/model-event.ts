import type { ModelResponse } from './model-response.ts'

export interface TextDelta {
  type: 'text'
  text: string
}

export interface ReasoningDelta {
  type: 'reasoning'
  text: string
}

export interface RefusalDelta {
  type: 'refusal'
  text: string
}

export interface ToolCallDelta {
  type: 'tool-call'
  /** Counts the tool calls of this answer from 0. */
  index: number
  id?: string
  name?: string
  /** The next piece of the arguments' JSON text. */
  arguments: string
}

export type ModelDelta = TextDelta | ReasoningDelta | RefusalDelta | ToolCallDelta

/** Always the last event, and only after the vendor's own terminal marker. */
export interface FinishEvent<Response = ModelResponse> {
  type: 'finish'
  response: Response
}

export type ModelEvent = ModelDelta | FinishEvent
