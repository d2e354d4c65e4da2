import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { findInterpreters } from './test/support/find-interpreters.ts'

/** Pure and quick: no process, no socket, nothing that is built. One thread keeps the modules of all files. */
const UNIT = [
  'test/{core,files,protocol,tui,words}/**/*.test.ts',
  'test/house/{banned,imports,protocol-golden,supervisor}.test.ts',
]
/** One layer against the real operating system, or against a stand-in for the other side; nothing that is built. And what is pure and takes seconds. */
const PARTS = [
  'test/{core,files,tui}/**/{*.property,*-large,large}.test.ts',
  'test/files/{evaluate,systemd-units}.test.ts',
  'test/{adapters,api,client,cli,supervisor,web}/**/*.test.ts',
  'test/lib/{outbox,task-link}.test.ts',
  'test/preload/{address,hand-on,inherited}.test.ts',
]

/** Three clients and twenty daemons: both cores for itself, when the others have ended. */
const STORM = 'test/e2e/storm.test.ts'

/**
 * Real daemons and real children, which wait for half of their time: four files at a time is what two cores carry. Bounds on
 * time are behind atMost().
 */
const WORKERS = 4

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string }

// All processes of the tests inherit it.
findInterpreters()

export default defineConfig({
  // As the build has it: a command in the process of a test is the same version as the daemon.
  define: { PTRACK_VERSION: JSON.stringify(version) },
  test: {
    // What a test costs when it hangs; on a machine with ten times the work that it has cores for, the largest take two minutes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: WORKERS,
    // A file begins in a second less where the modules of the one before are there; what a test changes it sets back.
    isolate: false,
    // A quarter of the unit tests' time is the compiler's; a cold cache costs a little, and CI has no other.
    experimental: { fsModuleCache: process.env.CI !== 'true' },
    reporters: ['default', './test/support/skip-report.ts'],
    projects: [
      // Each thread loads the modules anew: two of them, and before the others.
      { extends: true, test: { name: 'unit', include: UNIT, exclude: PARTS, pool: 'threads', maxWorkers: 2 } },
      { extends: true, test: { name: 'parts', include: PARTS, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT, ...PARTS, STORM],
          globalSetup: ['test/support/global-setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'storm',
          include: [STORM],
          globalSetup: ['test/support/global-setup.ts'],
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
