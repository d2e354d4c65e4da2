/** Real spawner, table and signaller in a directory of their own; everything started through it is ended by `close`. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLinuxTable } from '../../../src/adapters/platform/linux-table.ts'
import { createSignaller } from '../../../src/adapters/signal.ts'
import { createSpawner } from '../../../src/adapters/spawn.ts'
import type { ExitFact, Identity } from '../../../src/core/state.ts'
import type { SpawnOutcome, SpawnPlan } from '../../../src/core/world.ts'
import { descendantsOf, endIdent } from '../../support/proc.ts'

export interface Started {
  outcome: SpawnOutcome
  /** Throws when the program was not started. */
  leader: Identity
  exit: Promise<ExitFact>
  out(): string
  err(): string
}

export function osKit(options: { originalSoftNofile?: number; originalUmask?: number } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'ptrack-os-'))
  mkdirSync(join(directory, 'runs'))
  const table = createLinuxTable()
  const spawner = createSpawner({ home: directory, table, originalSoftNofile: null, ...options })
  const started: Identity[] = []
  let count = 0

  function plan(command: string[], changes: Partial<SpawnPlan> = {}): SpawnPlan {
    const number = ++count
    const file = (kind: string): string => join(directory, `${number}.${kind}`)
    return {
      id: `id${number}`,
      name: 'web',
      run: { number, id: `a1b2c3d4e5f6${String(number).padStart(4, '0')}` },
      command,
      cwd: directory,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      outFile: file('out'),
      errFile: file('err'),
      recordFile: null,
      input: false,
      terminal: null,
      stdinFile: null,
      sockets: null,
      nice: null,
      user: null,
      group: null,
      umask: null,
      ulimits: {},
      cgroup: null,
      sandbox: null,
      ...changes,
    }
  }

  function start(command: string[], changes: Partial<SpawnPlan> = {}): Started {
    const full = plan(command, changes)
    const { promise, resolve } = withResolvers<ExitFact>()
    const outcome = spawner.spawn([{ plan: full, onExit: resolve }])[0]!
    if (outcome.ok) started.push(outcome.leader)
    return {
      outcome,
      get leader() {
        if (!outcome.ok) throw new Error(outcome.message)
        return outcome.leader
      },
      exit: promise,
      out: () => readFileSync(full.outFile, 'utf8'),
      err: () => readFileSync(full.errFile, 'utf8'),
    }
  }

  /** Path for a recorder's file. */
  const record = (name: string): string => join(directory, 'runs', name)

  async function close(): Promise<void> {
    for (const leader of started) {
      for (const child of descendantsOf(leader)) await endIdent(child)
      await endIdent(leader)
    }
    rmSync(directory, { recursive: true, force: true })
  }
  return { directory, table, signaller: createSignaller(table), spawner, plan, start, record, close }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
