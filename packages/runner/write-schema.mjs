// Writes the config's JSON Schema, which is published with the package. Run it after a change of the zod schema.
import { writeFileSync } from 'node:fs'
import { configJsonSchema } from './dist/config/config-json-schema.js'

writeFileSync(new URL('schema/config.schema.json', import.meta.url), `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
