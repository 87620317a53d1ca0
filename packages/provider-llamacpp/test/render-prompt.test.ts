import { Template } from '@huggingface/jinja'
import type { ChatMessage } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { renderPrompt } from '../src/llamacpp-driver.ts'

const specials = { bosString: '<s>', eosString: '</s>' }
const chatMl = new Template(
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
)
const render = (messages: ChatMessage[], template?: Template, variables?: object): string =>
  renderPrompt(
    { messages, ...(variables && { providerOptions: { chatTemplateVariables: variables as never } }) },
    template,
    specials,
  )

describe('renderPrompt', () => {
  it('writes what the template says, and nothing else', () => {
    const text = render(
      [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi ' },
            { type: 'text', text: 'there' },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] },
        { role: 'user', content: ' 2+2? ' },
      ],
      chatMl,
    )
    expect(text).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi there<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n',
    )
  })

  it('gives the template the special tokens, and none for tools, as transformers does', () => {
    const template = new Template(
      '{{ bos_token }}{% if tools is none and documents is none %}none{% endif %}{{ messages[0].content }}{{ eos_token }}',
    )
    expect(render([{ role: 'user', content: 'x' }], template)).toBe('<s>nonex</s>')
  })

  it('hands on variables of the caller', () => {
    const template = new Template('{{ messages[0].content }}{% if enable_thinking %} think{% endif %}')
    expect(render([{ role: 'user', content: 'x' }], template, { enable_thinking: true })).toBe('x think')
    expect(render([{ role: 'user', content: 'x' }], template)).toBe('x')
  })

  it('passes one user message through when there is no template', () => {
    expect(render([{ role: 'user', content: ' Once upon ' }])).toBe(' Once upon ')
  })

  it('takes no variables when there is no template to use them', () => {
    expect(() => render([{ role: 'user', content: 'x' }], undefined, { a: 1 })).toThrow(/no variables/)
  })

  it.each<[string, ChatMessage[], Template | undefined, RegExp]>([
    [
      'a chat without a template',
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      undefined,
      /no chat template.*Set chatTemplate/,
    ],
    [
      'what the template refuses',
      [{ role: 'user', content: 'Hi' }],
      new Template("{{ raise_exception('Roles must alternate') }}"),
      /Roles must alternate/,
    ],
    [
      'a message that the template would leave out',
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      new Template('{{ messages[-1].content }}'),
      /leaves out message 0 \(system\)/,
    ],
    ['tool results', [{ role: 'tool', toolCallId: '1', content: '4' }], chatMl, /no tools/],
    [
      'images',
      [{ role: 'user', content: [{ type: 'image', image: 'https://example.com/a.png' }] }],
      chatMl,
      /of the type image/,
    ],
  ])('refuses %s', (_name, messages, template, message) => {
    expect(() => render(messages, template)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(message) }),
    )
  })
})
