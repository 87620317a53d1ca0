import type { ChatMessage, ModelRequest } from '@insidellms/core'
import { check, checkEqual, show } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { textsIn } from '../json-pointer.ts'

/** The smallest PNG: one transparent pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

const awkwardPrompt =
  '  two spaces first,\ttab, "quotes", \\backslash\\, \u2028, é ñ 中文 👩‍🚀 <b>&amp;</b>, a last line\n\n'

export const requestCases: readonly GroupedCase[] = group('request', [
  {
    id: 'generate-is-chat',
    proves: '`generate(p)`, `chat` with the one message, and the same call again put the same bytes on the wire.',
    needs: 'wire',
    async run(bench) {
      const model = await bench.model()
      await model.generate('Once upon a time')
      await model.chat([{ role: 'user', content: 'Once upon a time' }])
      await model.generate('Once upon a time')
      const [generated, chatted, again] = bench.calls.map(({ method, path, body }) => ({ method, path, body }))
      checkEqual(chatted, generated, 'The request of chat()')
      checkEqual(again, generated, 'The request of the same call again')
    },
  },
  {
    id: 'request-is-recorded',
    proves: '`response.request` is the body as sent, of `respond` and of a stream.',
    needs: 'wire',
    async run(bench) {
      const model = await bench.model()
      checkEqual((await model.respond('Once upon a time')).request, bench.calls[0]?.json, 'response.request')
      const streamed = await model.stream('Once upon a time').response
      checkEqual(streamed.request, bench.calls[1]?.json, 'response.request of a stream')
    },
  },
  {
    id: 'prompt-is-exact',
    proves: 'A prompt goes out character by character: spaces at its ends, quotes, control characters, other scripts.',
    needs: 'wire',
    async run(bench) {
      await (await bench.model()).generate(awkwardPrompt)
      const texts = textsIn(bench.calls[0]?.json)
      check(
        texts.some((text) => text.includes(awkwardPrompt)),
        `The body has no ${show(awkwardPrompt)}; its texts are ${show(texts)}.`,
      )
    },
  },
  {
    id: 'all-messages-are-sent',
    proves: 'Every message of a chat goes out, the turns in their order.',
    needs: 'wire',
    async run(bench) {
      const turns = ['turn one', 'turn two', 'turn three', 'turn four', 'turn five']
      const messages: ChatMessage[] = [
        { role: 'system', content: 'system words' },
        ...turns.map((content, index): ChatMessage => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
      ]
      await (await bench.model()).chat(messages)
      const texts = textsIn(bench.calls[0]?.json)
      checkEqual(
        texts.filter((text) => turns.includes(text)),
        turns,
        'The turns in the body',
      )
      check(
        texts.some((text) => text.includes('system words')),
        'The body does not have the system message.',
      )
    },
  },
  {
    id: 'tool-results-are-sent',
    proves: 'A tool call and its result go back to the model: the name, the arguments and the result.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      const messages: ModelRequest['messages'] = [
        { role: 'user', content: 'What is the weather there?' },
        {
          role: 'assistant',
          content: [{ type: 'tool-call', id: 'call_conformance', name: 'get_weather', arguments: '{"city":"Oslo"}' }],
        },
        { role: 'tool', toolCallId: 'call_conformance', toolName: 'get_weather', content: 'rain, 4 degrees' },
      ]
      await (await bench.driver()).respond(bench.request({ messages }))
      for (const needle of ['get_weather', 'Oslo', 'rain, 4 degrees'])
        check(bench.calls[0]?.body.includes(needle), `The body does not have ${needle}.`)
    },
  },
  {
    id: 'images-are-sent',
    proves: 'An image in a message goes out whole.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      const driver = await bench.driver()
      const image = Uint8Array.from(Buffer.from(pixel, 'base64'))
      const content = [
        { type: 'text' as const, text: 'What is this?' },
        { type: 'image' as const, image, mediaType: 'image/png' },
      ]
      await driver.respond(bench.request({ messages: [{ role: 'user', content }] }))
      check(bench.calls[0]?.body.includes(pixel), "The body does not have the image's bytes in base64.")
    },
  },
])
