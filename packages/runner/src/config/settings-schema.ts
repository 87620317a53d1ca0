import { z } from 'zod'

/** Settings of a model, probe or dataset: its own package checks what is inside. */
export const settingsSchema = z.record(z.string(), z.json()).meta({ id: 'settings' })
