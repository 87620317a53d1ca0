import type { ModelDriver } from '@insidellms/core'
import type { VendorWire } from './vendor-wire.ts'

/** Where a driver under test finds its vendor. */
export interface Target {
  /** Of the scripted server, without a slash at its end. */
  url: string
  /** To be used as the vendor's key. The cases look for it everywhere afterwards. */
  apiKey: string
}

interface Description {
  /** A new driver for this target. Each case makes its own and closes it. */
  createDriver(target: Target): ModelDriver | Promise<ModelDriver>
  /**
   * What the provider does not do: the id of a case, or the name of a group, and the reason in a sentence. It is
   * reported as skipped.
   */
  skip?: Readonly<Record<string, string>>
  /** The package's folder, built: `new URL('..', import.meta.url)` in a test file. */
  package?: string | URL
  /** The vendor's SDKs, which must not be loaded before the first call. Default: all `dependencies` of the package. */
  sdk?: readonly string[]
  /** What this one is called, where a package has several drivers, such as one for each API of its vendor. */
  variant?: string
  /** Where the vendor wants its keys in a form of its own. */
  apiKey?: string
}

/** Everything that the kit must know of a provider. */
export type ProviderDescription = Description &
  (
    | { wire: VendorWire; noWire?: never }
    /** For an engine in this process: why there are no bytes to script. The cases that need them are skipped with it. */
    | { noWire: string; wire?: never }
  )
