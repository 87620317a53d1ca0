import { didYouMean } from './did-you-mean.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { Settings } from './plugin.ts'

export interface RegistryEntryInfo {
  name: string
  /** The package that provides it; absent for what a program registered itself. */
  package?: string
  version?: string
  /** Comes with insideLLMs; the name cannot be taken. */
  builtin: boolean
  /** Whether its plugin's code has been loaded. */
  loaded: boolean
}

export interface RegisterOptions {
  /** Replace an entry of that name. Default: false. */
  overwrite?: boolean
}

/** Where an entry comes from. */
export interface EntryOrigin {
  package?: string
  version?: string
  builtin?: boolean
  /** It was declared before, and its plugin's code has now been loaded. */
  declared?: boolean
}

interface Entry<Factory> extends EntryOrigin {
  factory: Factory
}

/** A name that a package's manifest promises; its code runs on first use. */
export interface DeclaredEntry extends EntryOrigin {
  package: string
  /** Runs the plugin, which registers its names here. */
  load(): Promise<void>
}

/** A colon is none of its characters: it parts a provider from a model. */
export function isName(name: unknown): boolean {
  return typeof name === 'string' && /^[a-z0-9][a-z0-9_.@/-]*$/i.test(name)
}

/** Names and the factories behind them. */
export class Registry<Factory extends (settings: Settings) => unknown, Made> {
  /** `model provider`, `probe` or `dataset`, for messages. */
  readonly kind: string
  readonly #entries = new Map<string, Entry<Factory>>()
  readonly #declared = new Map<string, DeclaredEntry[]>()
  readonly #make: (factory: Factory, settings: Settings) => Made | Promise<Made>
  #explainMissing: ((name: string, near: string | undefined) => string) | undefined

  constructor(kind: string, make: (factory: Factory, settings: Settings) => Made | Promise<Made>) {
    this.kind = kind
    this.#make = make
  }

  /**
   * @throws {InsideLLMsError} `duplicate` when the name is taken (a built-in one cannot be overwritten), `config` when
   *   it is no name.
   */
  register(name: string, factory: Factory, options: RegisterOptions = {}, origin: EntryOrigin = {}): void {
    this.checkFree(name, options, origin)
    // Nobody can get a name that two packages claim; the rest of what each of them provides stays usable.
    if (this.#isContested(name, origin)) return
    this.#entries.set(name, { factory, ...origin })
    // What a program registers itself is its choice among all that claim the name.
    if (!origin.declared) this.#declared.delete(name)
  }

  /** Throws what `register` would. */
  checkFree(name: string, options: RegisterOptions = {}, origin: EntryOrigin = {}): void {
    if (!isName(name))
      throw new InsideLLMsError(
        'config',
        `"${name}" cannot name a ${this.kind}: use letters, digits, "-", "_", "." and "/".`,
      )
    const taken = this.#entries.get(name)
    if (taken?.builtin) throw this.#builtin(name)
    if (taken !== undefined && !options.overwrite && !this.#isContested(name, origin))
      throw new InsideLLMsError(
        'duplicate',
        `A ${this.kind} "${name}" is already registered${taken.package ? ` by ${taken.package}` : ''}. Choose another name, or pass { overwrite: true }.`,
      )
  }

  /**
   * Takes a name out. False when there was none.
   *
   * @throws {InsideLLMsError} `duplicate` for a built-in one, whose name nobody may take.
   */
  unregister(name: string): boolean {
    if (this.#entries.get(name)?.builtin) throw this.#builtin(name)
    const declared = this.#declared.delete(name)
    return this.#entries.delete(name) || declared
  }

  has(name: string): boolean {
    return this.#entries.has(name) || this.#declared.has(name)
  }

  /** All names, sorted; those of plugins whose code has not run are among them. */
  list(): string[] {
    return [...new Set([...this.#entries.keys(), ...this.#declared.keys()])].sort()
  }

  /** @throws {InsideLLMsError} `not_found`. */
  info(name: string): RegistryEntryInfo {
    const entry = this.#entries.get(name)
    const origin = entry ?? this.#declared.get(name)?.[0]
    if (origin === undefined) throw this.#missing(name)
    return {
      name,
      ...(origin.package !== undefined && { package: origin.package }),
      ...(origin.version !== undefined && { version: origin.version }),
      builtin: origin.builtin ?? false,
      loaded: entry !== undefined,
    }
  }

  /**
   * Makes one. `await` it: the answer is there at once when its plugin is in use already and its factory is
   * synchronous, else it is a promise.
   *
   * An id `provider:model` is the same as `get('provider', { modelName: 'model' })`.
   *
   * @throws {InsideLLMsError} `not_found`, `duplicate` when two packages claim the name, or what loading it threw.
   */
  get(id: string, settings: Settings = {}): Made | Promise<Made> {
    const colon = id.indexOf(':')
    if (colon > 0 && !this.has(id)) return this.get(id.slice(0, colon), { ...settings, modelName: id.slice(colon + 1) })
    const entry = this.#entries.get(id)
    if (entry !== undefined) return this.#make(entry.factory, settings)
    const declared = this.#declared.get(id)
    if (declared === undefined) throw this.#missing(id)
    return this.#load(id, declared, settings)
  }

  /** For discovery: drops what an earlier one declared; what is loaded stays. */
  forgetDeclared(): void {
    this.#declared.clear()
  }

  /** For discovery: a promise that some package provides this name. */
  declare(name: string, declared: DeclaredEntry): void {
    const others = this.#declared.get(name) ?? []
    if (!others.some((other) => other.package === declared.package)) this.#declared.set(name, [...others, declared])
  }

  /**
   * For discovery: says where was looked and what to run, at the end of a "not found". It is told of the registered name
   * that is near, if there is one, and gives an empty text when it knows nothing better than that.
   */
  onMissing(explain: (name: string, near: string | undefined) => string): void {
    this.#explainMissing = explain
  }

  async #load(name: string, declared: DeclaredEntry[], settings: Settings): Promise<Made> {
    const [only, other] = declared
    if (other !== undefined)
      throw new InsideLLMsError(
        'duplicate',
        `"${name}" is provided by both ${only!.package} and ${other.package}. Choose one: list it alone under "plugins" in your config, or remove the other package.`,
      )
    await only!.load()
    const entry = this.#entries.get(name)
    if (entry === undefined) throw this.#missing(name)
    return this.#make(entry.factory, settings)
  }

  #missing(name: string): InsideLLMsError {
    const names = this.list()
    const near = didYouMean(name, names)
    const parts = [
      `No ${this.kind} "${name}".`,
      names.length > 0 ? `Registered: ${names.join(', ')}.` : '',
      this.#explainMissing?.(name, near) || (near === undefined ? '' : `Did you mean "${near}"?`),
    ]
    return new InsideLLMsError('not_found', parts.filter(Boolean).join(' '))
  }

  #isContested(name: string, origin: EntryOrigin): boolean {
    return origin.declared === true && (this.#declared.get(name)?.length ?? 0) > 1
  }

  #builtin(name: string): InsideLLMsError {
    return new InsideLLMsError('duplicate', `"${name}" is a built-in ${this.kind}; its name cannot be taken.`)
  }
}
