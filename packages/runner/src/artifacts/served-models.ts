import type { JsonObject, JsonValue, ModelResponse } from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'

const shownKeys = ['engine', 'fingerprint', 'model', 'quantization', 'route', 'sdk', 'sha256'] as const

/** Collects what answered, once per distinct backend, and what became of each option. */
export class ServedModels {
  readonly #byModel = new Map<string, { served: Map<string, JsonObject>; options: Map<string, Set<string>> }>()
  #last: ModelResponse['served'] | undefined
  #lastModel = ''

  add(model: string, { served, ledger }: ModelResponse): void {
    let seen = this.#byModel.get(model)
    if (seen === undefined) this.#byModel.set(model, (seen = { served: new Map(), options: new Map() }))
    for (const option in ledger) {
      let statuses = seen.options.get(option)
      if (statuses === undefined) seen.options.set(option, (statuses = new Set()))
      statuses.add(ledger[option]!.status)
    }
    if (model === this.#lastModel && sameBackend(served, this.#last)) return
    this.#last = served
    this.#lastModel = model
    const shown: JsonObject = {}
    for (const key of shownKeys) if (served[key] !== undefined) shown[key] = served[key] as JsonValue
    seen.served.set(canonicalJson(shown), shown)
  }

  /** Sorted, so that the order of answers does not show. */
  of(model: string): { served: JsonObject[]; options: Record<string, string[]> } {
    const seen = this.#byModel.get(model)
    return {
      served: [...(seen?.served ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, served]) => served),
      options: Object.fromEntries(
        [...(seen?.options ?? [])]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, statuses]) => [name, [...statuses].sort()]),
      ),
    }
  }
}

function sameBackend(a: ModelResponse['served'], b: ModelResponse['served'] | undefined): boolean {
  return (
    b !== undefined &&
    shownKeys.every((key) =>
      key === 'sdk' ? a.sdk?.name === b.sdk?.name && a.sdk?.version === b.sdk?.version : a[key] === b[key],
    )
  )
}
