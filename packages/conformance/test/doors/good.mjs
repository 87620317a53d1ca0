import { describeProvider } from '@insidellms/conformance/node-test'
import description from './description.mjs'

describeProvider(description)
