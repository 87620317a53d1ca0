declare const INSIDELLMS_CORE_VERSION: string | undefined

/** This package's version, for messages about version skew. `bundle.mjs` puts it in; sources that run as they are have none. */
export const coreVersion: string =
  typeof INSIDELLMS_CORE_VERSION === 'string' ? INSIDELLMS_CORE_VERSION : '(from source)'
