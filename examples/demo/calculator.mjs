// A model of one's own: a class with generate() and info(), and nothing more. Its second version forgets to carry, as
// an "upgraded" model may lose what the old one could.
import { Model } from '@insidellms/core'

export default class Calculator extends Model {
  constructor({ version = 1 } = {}) {
    super('calculator')
    this.version = version
  }

  async generate(prompt) {
    const [, a, operator, b] = /(\d+) ([+-]) (\d+)/.exec(prompt) ?? []
    if (operator === '+') return String(this.version === 1 ? Number(a) + Number(b) : addWithoutCarry(a, b))
    if (operator === '-') return String(a - b)
    return prompt.match(/\d+/g)?.[0] ?? 'I do not know.'
  }

  info() {
    return {
      name: this.name,
      provider: 'examples',
      modelId: `calculator-${this.version}`,
      maxTokens: null,
      supportsStreaming: false,
      supportsChat: false,
      extra: { version: this.version },
    }
  }
}

function addWithoutCarry(a, b) {
  return [...a].map((digit, index) => (Number(digit) + Number(b[index])) % 10).join('')
}
