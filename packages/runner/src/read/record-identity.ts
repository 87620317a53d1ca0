import { decodeString, ObjectScanner } from './scan-record.ts'

/** The members of a record that say which model it asked and by which probe, as they stand. */
export interface IdentityBytes {
  harness: Buffer | undefined
  model: Buffer | undefined
  probe: Buffer | undefined
}

export interface Identity {
  model: string
  probe: string
}

/**
 * Reads model and probe by the Python original's rule: what the harness calls them goes before the ids of the record.
 * Records of one experiment follow each other, so the latest answer is kept.
 */
export class IdentityReader {
  readonly #harness = new ObjectScanner(['model_id', 'model_name', 'probe_type', 'probe_name'] as const)
  readonly #model = new ObjectScanner(['model_id'] as const)
  readonly #probe = new ObjectScanner(['probe_id'] as const)
  #latest: (Identity & { bytes: IdentityBytes }) | undefined

  read(harness: Buffer | undefined, specs: () => Omit<IdentityBytes, 'harness'>): Identity {
    const latest = this.#latest
    if (latest !== undefined && same(latest.bytes.harness, harness)) {
      if (latest.bytes.model === undefined && latest.bytes.probe === undefined) return latest
      const { model, probe } = specs()
      if (same(latest.bytes.model, model) && same(latest.bytes.probe, probe)) return latest
    }
    return this.#find(harness, specs())
  }

  #find(harness: Buffer | undefined, { model, probe }: Omit<IdentityBytes, 'harness'>): Identity {
    const named = (name: 'model_id' | 'model_name' | 'probe_type' | 'probe_name'): string | undefined =>
      member(this.#harness, harness, name)
    const model_id = named('model_id')
    const probe_type = named('probe_type')
    const enough = model_id !== undefined && probe_type !== undefined
    this.#latest = {
      model: model_id ?? member(this.#model, model, 'model_id') ?? named('model_name') ?? 'model',
      probe: probe_type ?? member(this.#probe, probe, 'probe_id') ?? named('probe_name') ?? 'probe',
      // Where the harness says both, the specs need not be compared.
      bytes: {
        harness: copy(harness),
        model: enough ? undefined : copy(model),
        probe: enough ? undefined : copy(probe),
      },
    }
    return this.#latest
  }
}

function member<Key extends string>(
  scanner: ObjectScanner<Key>,
  bytes: Buffer | undefined,
  name: Key,
): string | undefined {
  if (bytes === undefined || !scanner.scan(bytes, 0, bytes.length)) return undefined
  const start = scanner.start(name)
  return (start === -1 ? undefined : decodeString(bytes, start, scanner.end(name))) || undefined
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b)
}

function copy(bytes: Buffer | undefined): Buffer | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes)
}
