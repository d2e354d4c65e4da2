/** Ends whole trees: one signal per phase to every member, until none is left: `gone`. One /proc pass serves all of them. */
import type { RunRef } from '../core/state.ts'
import { identityOfRow, membersOf, type RunEvidence } from '../core/tree.ts'
import type { ProcessRow, World } from '../core/world.ts'
import { readIndex } from './process-index.ts'

interface Ending {
  run: RunRef
  evidence: () => RunEvidence | null
  signal: string
  /** What the program left after `signal` may ignore it: a shell starts background commands with SIGINT ignored. */
  leftSignal: string | null
  /** Asks the program to end by other means than the signal; false = it could not, and the signal is sent. */
  ask: (() => boolean) | null
  /** The program alone is signalled first, and the rest once it has ended. */
  mainFirst: boolean
  /** A stopped process acts on SIGTERM only once it is continued. */
  paused: boolean
  /** `pid:startTicks` of those that had this phase's signal. */
  signalled: Set<string>
  /** Whether the leader's exit has been reported; until then nothing is settled. */
  exitKnown: () => boolean
  onGone: () => void
}

/** Frequent at first, because most programs end within milliseconds, then rare. */
const PASS_DELAYS_MS = [3, 10, 20, 40, 80, 100]
const STUCK_DELAY_MS = 1000

export class TreeEnder {
  private readonly world: World
  private readonly endings = new Map<string, Ending>()
  private cancelPass: (() => void) | null = null
  private passesSinceNews = 0
  private immediate = false

  constructor(world: World) {
    this.world = world
  }

  /** Signals everything of this run. A second call for a run starts its next phase. */
  end(ending: Omit<Ending, 'signalled'>): void {
    this.endings.set(ending.run.id, { ...ending, signalled: new Set() })
    this.news()
  }

  /** The run is settled otherwise. */
  drop(run: RunRef): void {
    this.endings.delete(run.id)
  }

  /** Something ended: look again soon. */
  news(): void {
    this.passesSinceNews = 0
    if (this.endings.size === 0 || this.immediate) return
    this.immediate = true
    this.cancelPass?.()
    this.cancelPass = null
    setImmediate(() => {
      this.immediate = false
      this.pass()
    })
  }

  /** Signals the leftovers of an ended run without waiting for the outcome: after an immediate restart. */
  sweep(evidence: RunEvidence, signal: string, graceMs: number): void {
    // In the next turn, so that the pass does not delay the successor's start.
    setImmediate(() => {
      const members = membersOf(readIndex(this.world), evidence)
      if (members.length === 0) return
      const identities = members.map((row) => identityOfRow(row, this.world.table.bootId))
      for (const identity of identities) this.world.signaller.signal(identity, signal)
      this.world.clock.wakeAfter(graceMs, () => {
        for (const identity of identities) this.world.signaller.signal(identity, 'SIGKILL')
      })
    })
  }

  private pass(): void {
    if (this.endings.size === 0) return
    const index = readIndex(this.world)
    for (const ending of [...this.endings.values()]) {
      const evidence = ending.evidence()
      const members = evidence === null ? [] : membersOf(index, evidence)
      if (members.length === 0) {
        if (!ending.exitKnown()) continue
        this.endings.delete(ending.run.id)
        ending.onGone()
        continue
      }
      if (ending.leftSignal !== null && ending.exitKnown()) {
        ending.signal = ending.leftSignal
        ending.leftSignal = null
        ending.signalled.clear()
      }
      this.signalNew(ending, members, evidence!)
    }
    if (this.endings.size === 0 || this.immediate) return
    const delay = PASS_DELAYS_MS[this.passesSinceNews++] ?? (this.passesSinceNews > 100 ? STUCK_DELAY_MS : PASS_DELAYS_MS.at(-1)!)
    this.cancelPass = this.world.clock.wakeAfter(delay, () => this.pass())
  }

  private signalNew(ending: Ending, members: readonly ProcessRow[], evidence: RunEvidence): void {
    const { signaller } = this.world
    const mains = ending.mainFirst && ending.signal !== 'SIGKILL' ? mainsOf(members, evidence) : []
    if (mains.length > 0) {
      // Stopped workers could not act on what the program asks of them.
      if (ending.signalled.size === 0) this.continue(ending, members)
      const fresh = mains.filter((each) => isFresh(ending, each))
      const asked = fresh.length > 0 && ending.ask?.() === true
      if (asked) ending.ask = null
      for (const row of fresh) {
        ending.signalled.add(keyOf(row))
        if (!asked) signaller.signal(identityOfRow(row, this.world.table.bootId), ending.signal)
      }
      return
    }
    // What holds a terminal would kill the program for it, and lose its last output; it ends with the program.
    const holder = ending.signal === 'SIGKILL' ? null : terminalHolderOf(members, evidence)
    const fresh = members.filter((row) => row !== holder && isFresh(ending, row))
    if (fresh.length === 0) return
    const leaderIsFresh = fresh.some((row) => row.pid === evidence.leader.pid && row.startTicks === evidence.leader.startTicks)
    // The group in one call includes what forks meanwhile. Only once: many programs abort their cleanup at a second signal, and
    // helpers started for it must not cause one.
    const viaGroup = leaderIsFresh && holder === null && signaller.signalGroup(evidence.leader, ending.signal) === 'sent'
    for (const row of fresh) {
      ending.signalled.add(keyOf(row))
      const identity = identityOfRow(row, this.world.table.bootId)
      if (!(viaGroup && row.pgrp === evidence.leader.pid)) signaller.signal(identity, ending.signal)
    }
    if (ending.signal !== 'SIGKILL') this.continue(ending, fresh)
  }

  private continue({ paused }: Ending, rows: readonly ProcessRow[]): void {
    for (const row of rows)
      if (paused || row.state === 'T') this.world.signaller.signal(identityOfRow(row, this.world.table.bootId), 'SIGCONT')
  }
}

const keyOf = ({ pid, startTicks }: ProcessRow): string => `${pid}:${startTicks}`
const isFresh = ({ signalled }: Ending, row: ProcessRow): boolean => !signalled.has(keyOf(row))

/** The program, while it lives. Below a recorder that has just started it, it is not known yet: then what the recorder started. */
function mainsOf(members: readonly ProcessRow[], { leader, program }: RunEvidence): ProcessRow[] {
  return program === null
    ? members.filter((row) => row.ppid === leader.pid)
    : members.filter((row) => row.pid === program.pid && row.startTicks === program.startTicks)
}

/** `script`, between the recorder and the program; null where the program has no terminal of its own. */
function terminalHolderOf(members: readonly ProcessRow[], { leader, program }: RunEvidence): ProcessRow | null {
  const main = members.find((row) => row.pid === program?.pid && row.startTicks === program.startTicks)
  return members.find((row) => row.pid === main?.ppid && row.pid !== leader.pid) ?? null
}
