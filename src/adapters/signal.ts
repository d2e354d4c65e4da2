/** The one place that signals. A pid alone is never enough: it may have been reused between the decision and the act. */
import { strict as assert } from 'node:assert'
import type { Identity } from '../core/state.ts'
import type { Signaller, SignalOutcome } from '../core/world.ts'
import { errnoOf } from './errno.ts'
import type { OsTable } from './platform/os-table.ts'
import { hasEnded } from './platform/proc-stat.ts'

export function createSignaller(table: OsTable): Signaller {
  function signal(identity: Identity, name: string): SignalOutcome {
    assertSafe(identity.pid)
    // A gap of microseconds stays. Only a pidfd would close it, which Node does not offer; to hit a stranger, 32,768 new
    // processes would have to fit inside.
    if (!table.alive(identity)) return 'gone'
    return send(identity.pid, name)
  }

  function signalGroup(leader: Identity, name: string): SignalOutcome {
    assertSafe(leader.pid)
    // While the leader lives (or is unreaped) the kernel gives its number to no other process or group.
    if (!table.alive(leader)) return 'gone'
    if (table.signalTree !== undefined) {
      table.signalTree(leader, name)
      return 'sent'
    }
    return send(-leader.pid, name)
  }

  /** Signal 0 answers "gone" cheaply. "There" may be only zombies, which some containers never reap: then ask the table. */
  function groupAlive(pgid: number): boolean {
    if (!groupExists(pgid)) return false
    return table.snapshot().some((row) => row.pgrp === pgid && !hasEnded(row.state))
  }

  function groupExists(pgid: number): boolean {
    assertSafe(pgid)
    return send(-pgid, 0) !== 'gone'
  }

  return { signal, signalGroup, groupAlive, groupExists }
}

/** kill(-1) reaches everything we may signal, kill(0) our own group, kill(1) init: never. */
function assertSafe(pid: number): void {
  assert(Number.isSafeInteger(pid) && pid > 1, `asked to signal pid ${pid}`)
  assert(pid !== process.pid, 'asked to signal the daemon itself')
}

function send(target: number, name: string | 0): SignalOutcome {
  try {
    process.kill(target, name)
    return 'sent'
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return 'gone'
    if (errnoOf(error) === 'EPERM') return 'denied'
    throw error
  }
}
