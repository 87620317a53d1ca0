import { type Script, type ScriptedServer, startScriptedServer } from '@insidellms/conformance'
import type { Model } from '@insidellms/core'

/** Runs with a model that talks to a scripted server, and closes both. */
export type WithModel<AModel, Settings = object> = <Result>(
  script: Script,
  use: (model: AModel, server: ScriptedServer) => Promise<Result>,
  settings?: Settings,
) => Promise<Result>

/** Makes the function that a provider's tests run with; `create` has the settings that they all begin with. */
export function withModelOf<AModel extends Model, Settings extends object>(
  create: (url: string, settings: Partial<Settings>) => AModel,
): WithModel<AModel, Partial<Settings>> {
  return async (script, use, settings = {}) => {
    await using server = await startScriptedServer(script)
    await using model = create(server.url, settings)
    return await use(model, server)
  }
}
