import { readFileSync } from 'node:fs'

/**
 * Runs the first TypeScript example of a README with a model class whose settings `preset` completes, and gives
 * everything that it prints.
 */
export async function runReadmeExample<Settings extends object, AModel>(
  readme: URL,
  Model: new (settings: Settings) => AModel,
  preset: Partial<Settings>,
): Promise<unknown[]> {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))!
  const body = code!
    .replace(/^import .*\n/gm, '')
    .replaceAll('process.stdout.write', 'write')
    .replaceAll('console.log', 'write')
  const Preset = new Proxy(Model, {
    construct: (target, [settings]) => new target({ ...settings, ...preset }) as object,
  })
  const written: unknown[] = []
  const run = new Function(Model.name, 'write', `return (async () => {${body}})()`) as (
    model: unknown,
    write: (...values: unknown[]) => void,
  ) => Promise<void>
  await run(Preset, (...values) => void written.push(...values))
  return written
}
