import { describeAcme } from './acme/acme-description.ts'
import { describeProvider } from '../src/vitest.ts'

describeProvider(describeAcme())
