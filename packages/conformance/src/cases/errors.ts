import { errorMessage } from '../bench.ts'
import { check, checkEqual } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { failureOf } from '../failure-of.ts'
import { noReply, text } from '../reply.ts'
import { errorStatuses, passingStatuses, statusCodes } from '../status-codes.ts'

export const errorCases: readonly GroupedCase[] = group('errors', [
  {
    id: 'error-code',
    proves: 'Each status is the error code that it means: 400 401 403 404 408 409 413 422 429 500 502 503 529.',
    needs: 'wire',
    async run(bench) {
      for (const status of errorStatuses) {
        bench.playError({ status })
        checkEqual((await failureOf(bench)).code, statusCodes[status], `The code of a ${status}`)
      }
    },
  },
  {
    id: 'error-retryable',
    proves: 'An error is retryable when asking again can help: 408, 409, 429 and 5xx, and no other.',
    needs: 'wire',
    async run(bench) {
      for (const status of errorStatuses) {
        bench.playError({ status })
        checkEqual((await failureOf(bench)).retryable, passingStatuses.includes(status), `retryable of a ${status}`)
      }
    },
  },
  {
    id: 'error-status',
    proves: '`error.status` is the HTTP status.',
    needs: 'wire',
    async run(bench) {
      for (const status of errorStatuses) {
        bench.playError({ status })
        checkEqual((await failureOf(bench)).status, status, 'error.status')
      }
    },
  },
  {
    id: 'error-message',
    proves: "The error's message has the vendor's own words.",
    needs: 'wire',
    async run(bench) {
      for (const status of [400, 404, 429, 500]) {
        bench.playError({ status })
        const error = await failureOf(bench)
        check(
          error.message.includes(errorMessage),
          `A ${status} said "${errorMessage}"; the error says "${error.message}".`,
        )
      }
    },
  },
  {
    id: 'error-request-id',
    proves: "`error.requestId` is the id in the vendor's header, for its support to find the call.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      bench.playError({ requestId: 'request-conformance-2' })
      checkEqual((await failureOf(bench)).requestId, 'request-conformance-2', 'error.requestId')
    },
  },
  {
    id: 'error-before-stream',
    proves: 'A stream that is refused before it begins fails like a whole call: by its status.',
    needs: 'wire',
    async run(bench) {
      for (const status of errorStatuses) {
        bench.playError({ status })
        checkEqual((await failureOf(bench, 'stream')).code, statusCodes[status], `The code of a ${status} to a stream`)
      }
    },
  },
  {
    id: 'html-error',
    proves: "An HTML page from a proxy is the error of its status, and not one of reading the vendor's JSON.",
    needs: 'wire',
    async run(bench) {
      const page =
        '<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>'
      for (const status of [403, 404, 429, 502, 503]) {
        bench.play(text(page, { status }))
        checkEqual((await failureOf(bench)).code, statusCodes[status], `The code of a ${status} with an HTML page`)
      }
    },
  },
  {
    id: 'no-connection',
    proves: 'A server that is not there, or that breaks the connection before it answers, is the error `network`.',
    needs: 'wire',
    async run(bench) {
      bench.play(noReply())
      checkEqual((await failureOf(bench)).code, 'network', 'The code of a connection that broke')
      await bench.server.close()
      checkEqual((await failureOf(bench)).code, 'network', 'The code of a connection that was refused')
    },
  },
  {
    id: 'torn-body',
    proves: 'A body of JSON that ends in the middle is `invalid_response`.',
    needs: 'wire',
    async run(bench) {
      bench.playBody((body) => body.slice(0, body.length / 2))
      checkEqual((await failureOf(bench)).code, 'invalid_response', 'The code')
    },
  },
  {
    id: 'html-answer',
    proves: 'A page with status 200, such as the login of a hotel, is `invalid_response` and never an answer.',
    needs: 'wire',
    async run(bench) {
      bench.play(text('<html><body>Please log in.</body></html>'))
      checkEqual((await failureOf(bench)).code, 'invalid_response', 'The code')
    },
  },
  {
    id: 'no-answer',
    proves: 'A body without any answer in it, such as `{}` or an empty list of choices, is `invalid_response`.',
    needs: 'wire',
    async run(bench) {
      bench.playBody(() => '{}')
      checkEqual((await failureOf(bench)).code, 'invalid_response', 'The code of {}')
      const { noAnswer } = bench.wire
      if (noAnswer === undefined) return
      bench.play((request) => noAnswer(request))
      checkEqual((await failureOf(bench)).code, 'invalid_response', 'The code of a body with nothing in it')
    },
  },
  {
    id: 'context-overflow',
    proves: 'A prompt that does not fit the context window is the error `context_overflow`, whole or streamed.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      const overflow = bench.part('overflow')
      bench.play((request) => overflow(request))
      for (const how of ['respond', 'stream'] as const)
        checkEqual((await failureOf(bench, how)).code, 'context_overflow', `The code of ${how}()`)
    },
  },
])
