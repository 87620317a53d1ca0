// Every other item is streamed, and the pieces are part of the output: a replay must give them again.
export default {
  name: 'asking',
  version: '1.0',
  primaryMetric: 'match',
  async run(model, { prompt, number, reference }) {
    let output = ''
    if (number % 2 === 0) output = await model.generate(prompt)
    else for await (const piece of model.stream(prompt)) output += output === '' ? piece : `|${piece}`
    return { output, scores: { match: output === reference ? 1 : 0 }, primaryMetric: 'match' }
  },
}
