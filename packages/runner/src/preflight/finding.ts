/** Something about a run's models that a study should know before it asks them. */
export interface PreflightFinding {
  /**
   * `floating`: the name may come to mean another model. `retired`, `retiring`, `deprecated`: a catalogue or the provider
   * says so. `window`: the longest prompt may not fit.
   */
  kind: 'floating' | 'retired' | 'retiring' | 'deprecated' | 'window'
  /** The model's label in the run. */
  model: string
  message: string
  /** Whether a strict run is refused for it. */
  refused: boolean
}

/** A package that facts about models come from. */
export interface CatalogueFacts {
  name: string
  version: string
  /** The newest date that it mentions, YYYY-MM-DD: it is at least as new as that. Absent where it has no dates. */
  newest?: string
}
