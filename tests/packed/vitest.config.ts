import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: '@insidellms/packed-tests',
    globalSetup: ['./src/pack.ts'],
    // Package managers are at work here, and they ask the registry.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
