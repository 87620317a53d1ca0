import {
  type AssistantMessage,
  type ChatMessage,
  type ImagePart,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelRequest,
  OptionWriter,
  toBase64,
  type ToolChoice,
  type ToolMessage,
  type UserMessage,
} from '@insidellms/core/driver'

/**
 * The body of a generateContent request, and the ledger of its options.
 *
 * Source: https://ai.google.dev/api/generate-content
 */
export function toGeminiRequest(request: ModelRequest): { body: JsonObject; ledger: Ledger } {
  const { logprobs, tools, responseFormat } = request.options
  const writer = new OptionWriter(request, 'gemini')
    .send('temperature', '/generationConfig/temperature')
    .send('topP', '/generationConfig/topP')
    .send('topK', '/generationConfig/topK')
    .send('maxTokens', '/generationConfig/maxOutputTokens')
    .send('stop', '/generationConfig/stopSequences')
    .send('seed', '/generationConfig/seed')
    .send('presencePenalty', '/generationConfig/presencePenalty')
    .send('frequencyPenalty', '/generationConfig/frequencyPenalty')
    .send('logprobs', '/generationConfig/responseLogprobs')
  if (logprobs === true) writer.send('topLogprobs', '/generationConfig/logprobs')
  else writer.refuse('topLogprobs', 'it needs logprobs: true')
  if (responseFormat?.type === 'json_schema')
    writer.map('responseFormat', '/generationConfig/responseJsonSchema', () => responseFormat.schema)
  else
    writer.map('responseFormat', '/generationConfig/responseMimeType', ({ type }) =>
      type === 'text' ? 'text/plain' : 'application/json',
    )
  writer.map('tools', '/tools', (list) => [
    {
      functionDeclarations: list.map(({ name, description, parameters }) => ({
        name,
        ...(description !== undefined && { description }),
        parametersJsonSchema: parameters,
      })),
    },
  ])
  if (tools !== undefined && tools.length > 0)
    writer.map('toolChoice', '/toolConfig/functionCallingConfig', toCallingConfig)
  else writer.refuse('toolChoice', 'it needs tools')
  writeThinking(writer, request.options.reasoning)

  const { contents, system, changes } = toContents(request.messages)
  const { body, ledger } = writer.finish({
    contents,
    ...(system.length > 0 && { systemInstruction: { parts: system } }),
  })
  // The schema alone is refused: the API wants to be told of JSON as well.
  if (responseFormat?.type === 'json_schema' && ledger['responseFormat']?.status === 'mapped')
    (body['generationConfig'] as JsonObject)['responseMimeType'] = 'application/json'
  if (changes.size > 0) ledger['messages'] = { status: 'adjusted', wire: '/contents', reason: [...changes].join('; ') }
  return { body, ledger }
}

function toCallingConfig(choice: ToolChoice): JsonValue {
  if (typeof choice !== 'string') return { mode: 'ANY', allowedFunctionNames: [choice.name] }
  return { mode: { auto: 'AUTO', none: 'NONE', required: 'ANY' }[choice] }
}

function writeThinking(writer: OptionWriter, asked: ModelRequest['options']['reasoning']): void {
  if (asked === undefined) return
  const { effort, budgetTokens } = asked
  const wire = '/generationConfig/thinkingConfig'
  if (budgetTokens !== undefined && effort !== undefined && effort !== 'none')
    writer.adjust(
      'reasoning',
      wire,
      thinking({ thinkingBudget: budgetTokens }),
      'the API takes a level or a budget, not both',
    )
  else if (budgetTokens !== undefined) writer.map('reasoning', wire, () => thinking({ thinkingBudget: budgetTokens }))
  else if (effort === 'none') writer.map('reasoning', wire, () => ({ thinkingBudget: 0 }))
  else if (effort === 'xhigh')
    writer.adjust('reasoning', wire, thinking({ thinkingLevel: 'high' }), 'high is the most that it knows')
  else if (effort === undefined) writer.refuse('reasoning', 'it names neither an effort nor a budget')
  else writer.map('reasoning', wire, () => thinking({ thinkingLevel: effort }))
}

/** Whoever sets how much to think wants to see it; it costs nothing more. */
function thinking(config: JsonObject): JsonObject {
  return { ...config, includeThoughts: true }
}

interface Contents {
  contents: JsonObject[]
  /** Parts of the system instruction, in order. */
  system: JsonObject[]
  changes: Set<string>
}

function toContents(messages: readonly ChatMessage[]): Contents {
  const contents: JsonObject[] = []
  const system: JsonObject[] = []
  const changes = new Set<string>()
  const names = new Map<string, string>()
  const add = (role: 'user' | 'model', parts: JsonObject[], joins: boolean): void => {
    const last = contents.at(-1)
    // Results of one turn's calls must stand together.
    if (joins && last?.['role'] === role && isResults(last)) (last['parts'] as JsonObject[]).push(...parts)
    else if (parts.length > 0) contents.push({ role, parts })
  }
  for (const message of messages) {
    if (message.role === 'system' && contents.length === 0) system.push({ text: message.content })
    else if (message.role === 'system') {
      changes.add(
        'a system message amid the turns went out as a user turn at its place: the API has one instruction, in front',
      )
      add('user', [{ text: message.content }], false)
    } else if (message.role === 'user') add('user', toUserParts(message), false)
    else if (message.role === 'assistant') add('model', toModelParts(message, names, changes), false)
    else add('user', [toResult(message, names)], true)
  }
  return { contents, system, changes }
}

function isResults(content: JsonObject): boolean {
  return (content['parts'] as JsonObject[]).every((part) => 'functionResponse' in part)
}

function toUserParts({ content }: UserMessage): JsonObject[] {
  if (typeof content === 'string') return [{ text: content }]
  return content.map((part) => (part.type === 'text' ? { text: part.text } : toImage(part)))
}

function toImage({ image, mediaType = 'image/png' }: ImagePart): JsonObject {
  if (typeof image !== 'string') return { inlineData: { mimeType: mediaType, data: toBase64(image) } }
  const [, type, data] = /^data:([^;,]+);base64,(.*)$/s.exec(image) ?? []
  if (type !== undefined && data !== undefined) return { inlineData: { mimeType: type, data } }
  return { fileData: { fileUri: image, mimeType: mediaType } }
}

function toModelParts({ content }: AssistantMessage, names: Map<string, string>, changes: Set<string>): JsonObject[] {
  if (typeof content === 'string') return [{ text: content }]
  return content.flatMap((part): JsonObject[] => {
    const signature = 'providerMetadata' in part ? part.providerMetadata?.['thoughtSignature'] : undefined
    const signed = signature === undefined ? {} : { thoughtSignature: signature }
    switch (part.type) {
      case 'text':
        return [{ text: part.text, ...signed }]
      case 'refusal':
        return [{ text: part.text }]
      case 'reasoning':
        return [{ text: part.text, thought: true, ...signed }]
      case 'tool-call': {
        names.set(part.id, part.name)
        const own = part.providerMetadata?.['id']
        return [
          {
            functionCall: {
              name: part.name,
              args: toArguments(part.arguments, changes),
              ...(own !== undefined && { id: own }),
            },
            ...signed,
          },
        ]
      }
      case 'other': {
        // A part of this API goes back as it came; one of another vendor has no place.
        if (part.kind in part.data) return [part.data]
        changes.add(`the part ${part.kind} of an earlier turn has no place there and was left out`)
        return []
      }
    }
  })
}

/** The API takes an object; what the model wrote may be none. */
function toArguments(text: string, changes: Set<string>): JsonObject {
  try {
    const value: unknown = JSON.parse(text || '{}')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch {
    // Said below.
  }
  changes.add('arguments of an earlier tool call that are no JSON object were sent as { "text": ... }')
  return { text }
}

function toResult({ toolCallId, toolName, content, isError }: ToolMessage, names: Map<string, string>): JsonObject {
  const name = toolName ?? names.get(toolCallId) ?? toolCallId
  return { functionResponse: { name, response: { [isError ? 'error' : 'result']: content } } }
}
