import type { DriverResponse, JsonObject, ModelRequest } from '@insidellms/core/driver'
import { afterAll, beforeAll } from 'vitest'
import { AcmeDriver } from '../acme/acme-driver.ts'
import { testMutants } from './test-mutants.ts'

// These trouble the whole process: their faults show in other cases' terminals and in the test runner itself.
const runner = process.listeners('unhandledRejection')
const { debug } = console

beforeAll(() => {
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', () => undefined)
  console.debug = () => undefined
})

afterAll(() => {
  process.removeAllListeners('unhandledRejection')
  for (const listener of runner) process.on('unhandledRejection', listener)
  console.debug = debug
})

testMutants(
  [
    {
      fault: 'watches a request that nobody catches',
      foundBy: 'no-rejection-left',
      driver: class extends AcmeDriver {
        protected override post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
          const response = super.post(path, body, signal)
          void response.then(({ status }) => status)
          return response
        }
      },
    },
    {
      fault: 'leaves a listener',
      foundBy: 'no-listener-left',
      driver: class extends AcmeDriver {
        override respond(request: ModelRequest): Promise<DriverResponse> {
          process.on('beforeExit', () => undefined)
          return super.respond(request)
        }
      },
    },
    {
      fault: 'prints its headers',
      foundBy: 'no-key-in-output',
      driver: class extends AcmeDriver {
        protected override headers(): Record<string, string> {
          const headers = super.headers()
          console.debug('POST', headers)
          return headers
        }
      },
    },
  ],
  { concurrent: false },
)
