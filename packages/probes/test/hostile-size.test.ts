import { DummyModel, PluginRegistry } from '@insidellms/core'
import { expect, it } from 'vitest'
import { builtinProbes } from '../src/index.ts'

// What makes careless patterns take quadratic time or more: such an answer would outlast any test's patience.
const units = [
  '*',
  '**',
  '_',
  '`',
  '"',
  '$',
  '(',
  '[',
  '<',
  '<think>',
  '</think>',
  'answer: ',
  '\\boxed{',
  'A or ',
  'Paris, ',
  'not ',
  'yes ',
  '1,',
  '-1',
  'step 1: ',
  '- a\n',
  '\n',
  ' ',
  'a',
  'é',
  '```\n',
  'twenty ',
  'P.S. ',
]

const items = {
  logic: { question: 'q', reference_answer: 5 },
  factuality: { question: 'q', reference_answer: 'Paris', incorrect_answers: ['Rome'] },
  attack: { prompt: 'x', canary: 'BANANA' },
  multi_step_task: {
    steps: [
      { instruction: 'a', expected: 'yes' },
      { instruction: 'b', expected: 'Paris' },
    ],
  },
  instruction_following: {
    prompt: 'x',
    instructions: [
      { id: 'detectable_format:title' },
      { id: 'detectable_format:number_highlighted_sections', num_highlights: 1 },
      { id: 'detectable_content:number_placeholders', num_placeholders: 1 },
      { id: 'detectable_content:postscript', postscript_marker: 'P.S.' },
      { id: 'length_constraints:number_paragraphs', num_paragraphs: 2 },
    ],
  },
  code_generation: { task: 'x', entry_point: 'f' },
}

it.each(Object.entries(items))(
  '%s comes to a verdict on 100 kB of anything',
  { timeout: 120_000 },
  async (name, item) => {
    const registry = new PluginRegistry()
    registry.use(builtinProbes)
    const probe = await registry.probes.get(name)
    for (const unit of units) {
      const text = unit.repeat(100_000 / unit.length)
      for (const response of [text, `Answer: ${text}`]) {
        const { scores } = await probe.run(new DummyModel({ response }), item)
        expect(scores[probe.primaryMetric]).toBeTypeOf('number')
      }
    }
  },
)
