import { Model } from '@insidellms/core'

// No two answers are the same, so that an answer that was not replayed shows.
export default class Diary extends Model {
  constructor() {
    super('Diary')
  }

  async generate(prompt) {
    return `${prompt} at ${process.hrtime.bigint()}`
  }

  info() {
    return {
      name: this.name,
      provider: 'mine',
      modelId: 'diary',
      maxTokens: null,
      supportsStreaming: false,
      supportsChat: false,
      extra: {},
    }
  }
}
