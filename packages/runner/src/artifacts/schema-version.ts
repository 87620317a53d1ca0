/** Of records and manifests: the Python original's schema. */
export const schemaVersion = '1.0.1'
