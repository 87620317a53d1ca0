import { setTimeout } from 'node:timers/promises'
import type { DriverResponse, JsonValue, ModelDriver } from '@insidellms/core/driver'
import { describe, expect, it } from 'vitest'
import { checkProvider } from '../src/report.ts'
import { describeProvider } from '../src/vitest.ts'
import { describeAcme } from './acme/acme-description.ts'
import { type AcmeAnswer, AcmeDriver, type Sent } from './acme/acme-driver.ts'
import type { DriverClass } from './mutants/test-mutants.ts'

describeProvider(describeAcme())

// Faults that no driver can have without failing other cases too.
describe('the cases that share their faults with others', () => {
  it.each<[id: string, Driver: DriverClass]>([
    [
      'spec-version',
      class extends AcmeDriver {
        override readonly specVersion = 2 as never
      },
    ],
    [
      'text',
      class extends AcmeDriver {
        protected override assemble(
          answer: AcmeAnswer,
          response: Response,
          sent: Sent,
          raw: JsonValue,
        ): DriverResponse {
          return super.assemble({ ...answer, text: answer.text?.slice(0, 4) ?? '' }, response, sent, raw)
        }
      },
    ],
    [
      'slow-first-byte',
      class extends AcmeDriver {
        protected override post(...call: Parameters<AcmeDriver['post']>): Promise<Response> {
          return Promise.race([super.post(...call), setTimeout(50).then(() => Promise.reject(new Error('Too slow')))])
        }
      },
    ],
  ])('%s', async (id, Driver) => {
    const createDriver = (target: ConstructorParameters<DriverClass>[0]): ModelDriver => new Driver(target)
    const { cases } = await checkProvider({ ...describeAcme(), createDriver }, { only: [id] })
    expect(cases).toMatchObject([{ id, status: 'failed' }])
  })
})
