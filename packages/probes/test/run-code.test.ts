import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CodeLanguage } from '../src/code/code-language.ts'
import { type CodeRun, runCode } from '../src/code/run-code.ts'

const limits = { timeoutMs: 8000, memoryMb: 256, python: 'python3' }
const marker = join(tmpdir(), `insidellms-outside-${process.pid}`)

function hasPython(): boolean {
  if (process.platform === 'win32') return false
  try {
    execFileSync('python3', ['-c', 'pass'])
    return true
  } catch {
    return false
  }
}

let server: Server
let requests = 0
let url = ''

beforeAll(async () => {
  server = createServer((_request, response) => {
    requests += 1
    response.end('reached')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

afterAll(() => {
  server.close()
  rmSync(marker, { force: true })
})

const run = (language: CodeLanguage, code: string, args: unknown[] = [2, 3], given = limits): Promise<CodeRun> =>
  runCode({ language, code, entryPoint: 'f', calls: [args], checks: [] }, given)

/** What each language does wrong, and what must be said of it. */
function hostile(): [string, Record<CodeLanguage, string>][] {
  const path = JSON.stringify(marker)
  const port = new URL(url).port
  return [
    [
      'writes a file outside its folder',
      {
        javascript: `function f() { require('node:fs').writeFileSync(${path}, 'x'); return 5 }`,
        python: `def f(a, b):\n    open(${path}, 'w').write('x')\n    return 5`,
      },
    ],
    [
      'writes such a file by another way',
      {
        javascript: `function f() { this.constructor.constructor('return process')().getBuiltinModule('fs').writeFileSync(${path}, 'x'); return 5 }`,
        python: `import os\ndef f(a, b):\n    os.open(${path}, os.O_CREAT | os.O_WRONLY)\n    return 5`,
      },
    ],
    [
      'escapes through what the host gave it',
      {
        javascript: `function f() { console.log.constructor('return process')().getBuiltinModule('fs').writeFileSync(${path}, 'x'); return 5 }`,
        python: `import io\ndef f(a, b):\n    io.FileIO(${path}, 'w')\n    return 5`,
      },
    ],
    [
      'reads a file outside its folder',
      {
        javascript: `async function f() { const fs = await import('node:fs'); fs.readFileSync('/etc/passwd'); return 5 }`,
        python: `def f(a, b):\n    open('/etc/passwd').read()\n    return 5`,
      },
    ],
    [
      'starts another process',
      {
        javascript: `function f() { require('node:child_process').execSync('touch ' + ${path}); return 5 }`,
        python: `import os\ndef f(a, b):\n    os.system('touch ' + ${path})\n    return 5`,
      },
    ],
    [
      'starts one without the shell',
      {
        javascript: `function f() { process.binding('spawn_sync'); return 5 }`,
        python: `def f(a, b):\n    import subprocess\n    subprocess.run(['touch', ${path}])\n    return 5`,
      },
    ],
    [
      'forks',
      {
        javascript: `function f() { new Worker('1'); return 5 }`,
        python: `import os\ndef f(a, b):\n    os.fork()\n    return 5`,
      },
    ],
    [
      'calls the network',
      {
        javascript: `async function f() { await fetch(${JSON.stringify(url)}); return 5 }`,
        python: `def f(a, b):\n    import urllib.request\n    urllib.request.urlopen(${JSON.stringify(url)}).read()\n    return 5`,
      },
    ],
    [
      'calls the network on a socket',
      {
        javascript: `async function f() { const net = await import('node:net'); net.connect(${port}, '127.0.0.1'); return 5 }`,
        python: `def f(a, b):\n    import socket\n    socket.create_connection(('127.0.0.1', ${port}))\n    return 5`,
      },
    ],
  ]
}

describe.each<CodeLanguage>(['javascript', 'python'])('running %s', (language) => {
  // A skip here means: this machine has no python3, or no limits for it.
  const when = language === 'javascript' || hasPython()
  const good = { javascript: 'const f = (a, b) => a + b', python: 'def f(a, b):\n    return a + b' }[language]

  it.runIf(when)('gives what a call gives', async () => {
    expect(await run(language, good)).toEqual({ calls: [{ value: 5 }], checks: [] })
  })

  it.runIf(when)('leaves no folder behind', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'probes-test-'))
    for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, parent)
    try {
      await run(language, good)
      expect(readdirSync(parent)).toEqual([])
    } finally {
      vi.unstubAllEnvs()
      rmSync(parent, { recursive: true })
    }
  })

  it.runIf(when)('has an empty environment and its own folder', async () => {
    const code = {
      javascript: `function f() { return typeof process === 'undefined' && typeof require === 'undefined' }`,
      python: `import os\ndef f(a, b):\n    open('own.txt', 'w').write('x')\n    return not [k for k in os.environ if k not in ('LC_CTYPE', '__CF_USER_TEXT_ENCODING')] and os.listdir('.') == ['own.txt']`,
    }[language]
    expect((await run(language, code)).calls).toEqual([{ value: true }])
  })

  it.runIf(when)('knows the libraries that a plain task needs', async () => {
    const code = {
      javascript: `async function f(a) { await new Promise((r) => setTimeout(r, 5)); return [...new Map([[a, structuredClone([1])]])] }`,
      python: `import collections, dataclasses, datetime, functools, heapq, itertools, json, math, random, re, string, typing\nfrom collections import namedtuple, Counter\nP = namedtuple('P', 'x y')\n@dataclasses.dataclass\nclass D:\n    x: int\ndef f(a, b):\n    return [P(a, b).x, D(b).x, math.gcd(4, 6), Counter('aab')['a'], re.sub('a', 'b', 'a')]`,
    }[language]
    const value = { javascript: [[2, [1]]], python: [2, 3, 2, 2, 'b'] }[language]
    expect(await run(language, code)).toEqual({ calls: [{ value }], checks: [] })
  })

  it.runIf(when)('reports what a call throws, and goes on', async () => {
    const code = {
      javascript: 'function f(a) { if (a > 1) throw new RangeError("no"); return a }',
      python: 'def f(a):\n    if a > 1:\n        raise ValueError("no")\n    return a',
    }[language]
    const result = await runCode({ language, code, entryPoint: 'f', calls: [[2], [1]], checks: [] }, limits)
    expect(result.calls[0]?.error).toMatch(/Error: no/)
    expect(result.calls[1]).toEqual({ value: 1 })
  })

  it.runIf(when)('says when there is no such function, or no code', async () => {
    expect((await run(language, 'g = 1')).stopped).toMatch(/no function f/)
    expect((await run(language, 'def (')).stopped).toMatch(/Syntax/i)
  })

  it.runIf(when)('runs checks that throw', async () => {
    const checks = {
      javascript: ['assert.equal(f(1, 2), 3)', 'assert(f(1, 2) === 4)'],
      python: ['assert f(1, 2) == 3', 'assert f(1, 2) == 4'],
    }[language]
    const result = await runCode({ language, code: good, entryPoint: 'f', calls: [], checks }, limits)
    expect(result.checks[0]).toEqual({})
    expect(result.checks[1]?.error).toMatch(/Error/)
  })

  it.runIf(when)('does not take a forged line for a result', async () => {
    const code = {
      javascript: `console.log('{"check":0}\\n{"done":true}'); function f() {}`,
      python: `import os\nos.write(3, b'{"check": 0}\\n{"done": true}\\n')\ndef f(a, b):\n    pass`,
    }[language]
    const check = { javascript: 'assert(false)', python: 'assert False' }[language]
    const result = await runCode({ language, code, entryPoint: 'f', calls: [], checks: [check] }, limits)
    expect(result.checks[0]).not.toEqual({})
  })

  it.runIf(when)('stops an endless loop, and then runs the next item', async () => {
    const code = { javascript: 'function f() { for (;;); }', python: 'def f():\n    while True:\n        pass' }[
      language
    ]
    const result = await run(language, code, [], { ...limits, timeoutMs: 1500 })
    expect(result).toMatchObject({ calls: [undefined], stopped: expect.stringMatching(/time|1500 ms|SIG/) })
    expect((await run(language, good)).calls).toEqual([{ value: 5 }])
  })

  it.runIf(when)('stops an endless loop while loading, and one that waits for ever', async () => {
    const loading = { javascript: 'for (;;);', python: 'while True:\n    pass' }[language]
    expect((await run(language, loading, [], { ...limits, timeoutMs: 1500 })).stopped).toBeDefined()
    const waiting = {
      javascript: 'const f = () => new Promise(() => undefined)',
      python: 'import time\ndef f():\n    time.sleep(60)',
    }[language]
    expect((await run(language, waiting, [], { ...limits, timeoutMs: 1500 })).stopped).toBeDefined()
  })

  it.runIf(when).each([
    [
      'at once',
      {
        javascript: 'function f() { const a = new Uint8Array(4e9).fill(1); return a.length }',
        python: 'def f(a, b):\n    return len(bytearray(4 * 10 ** 9))',
      },
    ],
    [
      'bit by bit',
      {
        javascript: 'function f() { const a = []; for (;;) a.push(new Array(1e6).fill(1.5)) }',
        python: 'def f(a, b):\n    x = []\n    while True:\n        x.append("x" * 10 ** 7)',
      },
    ],
  ])('fails an allocation of 4 GB %s, and then runs the next item', async (_how, code) => {
    const result = await run(language, code[language])
    expect(result.calls[0]?.value).toBeUndefined()
    expect((await run(language, good)).calls).toEqual([{ value: 5 }])
  })

  it.runIf(when)('stops a print of 100 MB', async () => {
    const code = {
      javascript: `function f() { for (let i = 0; i < 100; i++) console.log('x'.repeat(1e6)); return 5 }`,
      python: `def f(a, b):\n    for i in range(100):\n        print('x' * 10 ** 6)\n    return 5`,
    }[language]
    expect((await run(language, code)).stopped).toMatch(/printed more than/)
  })

  it.runIf(when)('stops a result of 100 MB', async () => {
    const code = {
      javascript: `const f = () => 'x'.repeat(1e8)`,
      python: `def f(a, b):\n    return 'x' * (2 * 10 ** 7)`,
    }[language]
    expect((await run(language, code)).calls[0]?.value).toBeUndefined()
  })

  const names = [
    'writes a file outside its folder',
    'writes such a file by another way',
    'escapes through what the host gave it',
    'reads a file outside its folder',
    'starts another process',
    'starts one without the shell',
    'forks',
    'calls the network',
    'calls the network on a socket',
  ]
  it.runIf(when).each(names)('fails code that %s', async (name) => {
    const code = hostile().find(([title]) => title === name)![1][language]
    const before = requests
    const result = await run(language, code)
    expect(result.calls[0]?.value).toBeUndefined()
    expect(existsSync(marker)).toBe(false)
    expect(requests).toBe(before)
  })
})
