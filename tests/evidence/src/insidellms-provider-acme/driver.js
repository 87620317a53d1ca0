const info = {
  name: 'acme-1',
  provider: 'acme',
  modelId: 'acme-1',
  maxTokens: 1000,
  supportsStreaming: false,
  supportsChat: true,
  extra: {},
}

export default () => ({
  specVersion: 1,
  supports: [],
  info: () => info,
  respond: async ({ messages }) => ({
    parts: [{ type: 'text', text: `acme heard: ${messages.at(-1).content}` }],
    finish: { kind: 'stop', raw: 'done' },
    served: {},
  }),
})
