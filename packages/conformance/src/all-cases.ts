import { abortCases } from './cases/abort.ts'
import { contractCases } from './cases/contract.ts'
import { errorCases } from './cases/errors.ts'
import { isolationCases } from './cases/isolation.ts'
import { optionCases } from './cases/options.ts'
import { packageCases } from './cases/package.ts'
import { partCases } from './cases/parts.ts'
import { requestCases } from './cases/request.ts'
import { responseCases } from './cases/response.ts'
import { retryCases } from './cases/retries.ts'
import { secretCases } from './cases/secrets.ts'
import { streamByteCases } from './cases/stream-bytes.ts'
import { streamCases } from './cases/stream.ts'
import type { GroupedCase } from './conformance-case.ts'

/** Every case, in the order in which they run and are reported. */
export const conformanceCases: readonly GroupedCase[] = [
  ...contractCases,
  ...optionCases,
  ...requestCases,
  ...responseCases,
  ...partCases,
  ...errorCases,
  ...retryCases,
  ...streamCases,
  ...streamByteCases,
  ...abortCases,
  ...isolationCases,
  ...secretCases,
  ...packageCases,
]
