import type { ModelRequest, PortableOption, ToolDefinition } from '@insidellms/core'

export const sampleTool: ToolDefinition = {
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

interface OptionSample {
  /** Values that are no vendor's default. */
  values: readonly unknown[]
  /** What the option means nothing without. */
  beside?: ModelRequest['options']
}

/** Values of each portable option that every vendor that has the option should take. */
export const optionSamples: Readonly<Record<PortableOption, OptionSample>> = {
  temperature: { values: [0.5] },
  topP: { values: [0.9] },
  topK: { values: [12] },
  maxTokens: { values: [64] },
  stop: { values: [['END'], ['END', '###']] },
  seed: { values: [7] },
  presencePenalty: { values: [0.5] },
  frequencyPenalty: { values: [0.25] },
  logprobs: { values: [true] },
  topLogprobs: { values: [3], beside: { logprobs: true } },
  responseFormat: {
    values: [
      { type: 'json' },
      {
        type: 'json_schema',
        name: 'city',
        schema: {
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
          additionalProperties: false,
        },
      },
    ],
  },
  tools: { values: [[sampleTool]] },
  toolChoice: { values: ['auto', 'none', 'required', { name: 'get_weather' }], beside: { tools: [sampleTool] } },
  reasoning: { values: [{ effort: 'low' }, { budgetTokens: 1024 }] },
}
