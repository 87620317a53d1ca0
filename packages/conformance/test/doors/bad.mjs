import { describeProvider } from '@insidellms/conformance/node-test'
import description from './description.mjs'

describeProvider({
  ...description,
  createDriver(target) {
    const driver = description.createDriver(target)
    const copyModel = (response) => ({ ...response, served: { ...response.served, model: 'minimal-1' } })
    return {
      ...driver,
      respond: async (request) => copyModel(await driver.respond(request)),
      async *events(request) {
        for await (const event of driver.events(request))
          yield event.type === 'finish' ? { ...event, response: copyModel(event.response) } : event
      },
    }
  },
})
