import { describe, expect, it } from 'vitest'
import { syntaxProblem } from '../src/code/check-syntax.ts'
import { extractCode } from '../src/code/extract-code.ts'

describe('code in an answer', () => {
  const block = (code: string, tag = 'python'): string => `\`\`\`${tag}\n${code}\n\`\`\``

  it('is the first block of the language, or the last one for a fix', () => {
    const answer = `${block('a = 1')}\ntext\n${block('ls', 'sh')}\n${block('b = 2', 'py')}`
    expect(extractCode(answer, 'python')).toEqual({ code: 'a = 1', how: 'the first code block' })
    expect(extractCode(answer, 'python', { prefer: 'last' })?.code).toBe('b = 2')
    expect(extractCode(answer, 'sh')?.code).toBe('ls')
    expect(extractCode(answer, 'ruby')).toBeUndefined()
  })

  it('is the block that defines the function', () => {
    const answer = `${block('print(1)')}\n${block('def add(a, b): return a + b')}\n${block('print(2)')}`
    expect(extractCode(answer, 'python', { entryPoint: 'add' })?.code).toContain('def add')
    expect(extractCode(answer, 'python', { entryPoint: 'add', prefer: 'last' })?.code).toContain('def add')
  })

  it('may come in longer fences, with fences inside', () => {
    expect(extractCode('````python\ns = """\n```\n"""\n````', 'python')?.code).toBe('s = """\n```\n"""')
    expect(extractCode('~~~js\nx\n~~~', 'javascript')?.code).toBe('x')
  })

  it('may have no fence, when it is code and not talk about code', () => {
    expect(extractCode('def f(x):\n    return x', 'python')?.how).toBe('the whole answer')
    expect(extractCode('I would write a function.', 'python')).toBeUndefined()
    expect(extractCode('Use the function f(x) for that, it is fine.', 'python')).toBeUndefined()
    expect(extractCode('', 'python')).toBeUndefined()
  })

  it('is not in thoughts', () => {
    expect(extractCode(`<think>${block('bad')}</think>${block('good')}`, 'python')?.code).toBe('good')
  })
})

describe('syntax', () => {
  it.each([
    'def f(x):\n    return x',
    'if a:\n  b\nelse:\n  c',
    'class A:\n    """Doc: with a colon (and a bracket."""\n\n    x = 1',
    'x = [\n1,\n    2,\n]',
    'x = 1 + \\\n    2',
    's = "a # b"  # c ( d',
    "t = '''\n  if this:\nthat\n'''",
    'def f(): return 1',
    'for i in range(3): print(i)',
    'd = {"a": [1, (2, 3)]}',
    '@dec\nasync def f():\n    await g()',
    'match x:\n    case 1:\n        pass',
    'f = lambda x: x',
    'x = f"{a[\'b\']}"',
    '\tx = 1'.trim(),
    'if a:\n\tb\n\tc',
    'try:\n    a\nexcept E as e:\n    b\nfinally:\n    c',
  ])('finds no fault in right Python: %s', (code) => expect(syntaxProblem(code, 'python')).toBeUndefined())

  it.each([
    ['def f(x)\n    return x', /colon/],
    ['def f(x):\nreturn x', /should be indented/],
    ['def f(x):\n    a\n  b', /matches no other/],
    ['a\n    b', /without reason/],
    ['f(1', /not closed/],
    ['f(1))', /closes nothing/],
    ['f(1]', /closes nothing/],
    ["s = 'abc", /does not end/],
    ['s = """abc', /does not end/],
    ['if a:', /empty/],
  ])('finds the fault of %s', (code, message) => expect(syntaxProblem(code, 'python')).toMatch(message))

  it.each([
    'const f = (x) => x',
    'export default function f() {}',
    'export const a = 1\nexport { a }',
    'async function* g() { yield 1 }',
    'class A { #x = 1 }',
  ])('finds no fault in right JavaScript: %s', (code) => expect(syntaxProblem(code, 'js')).toBeUndefined())

  it.each(['const f = (x => x', 'let a = ;', 'function (', 'import fs from "node:fs"', 'return 5 5'])(
    'finds the fault of JavaScript: %s',
    (code) => expect(syntaxProblem(code, 'javascript')).toBeDefined(),
  )

  it('runs nothing', () => {
    expect(syntaxProblem('globalThis.touched = true; throw new Error("x")', 'js')).toBeUndefined()
    expect('touched' in globalThis).toBe(false)
  })

  it('looks at brackets and strings only in other languages', () => {
    expect(syntaxProblem('func f() { return "}" } // {', 'go')).toBeUndefined()
    expect(syntaxProblem('func f() {', 'go')).toMatch(/not closed/)
  })
})
