/** Shared sockets of a home: opening, replacing and closing, and what recorders report. */
import { existsSync, linkSync, lstatSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { sameIdentity } from '../../core/state.ts'
import type { Signaller } from '../../core/world.ts'
import type { SocketKeeping } from '../../core/world-sockets.ts'
import type { OpenSockets, SocketHolder } from '../../protocol/sockets.ts'
import { CannotStart } from '../cannot-start.ts'
import { errnoOf, hasCode, messageOf } from '../errno.ts'
import { makeFifos, openFifo } from '../fifo.ts'
import type { OsTable } from '../platform/os-table.ts'
import { waitSync } from '../wait-sync.ts'
import { askInstance } from './control.ts'
import { isForeign, leaveUsers, removeWithTarget, targetOf, type UserPlaces } from './for-users.ts'
import { prepareHolders, replaceHolder, startHolder } from './holder.ts'
import { instanceControl } from './instance-control.ts'
import { openSockets } from './open.ts'
import { say } from './order.ts'
import { socketPlaces } from './places.ts'

/** A shell that reads a line needs a millisecond. */
const END_MS = 500

export interface KeepingOptions {
  home: string
  table: OsTable
  signaller: Pick<Signaller, 'signal'>
  /** Where programs of other users find theirs. */
  users: Pick<UserPlaces, 'control'>
}

export function createSocketKeeping({ home, table, signaller, users }: KeepingOptions): SocketKeeping {
  const places = socketPlaces(home)
  const listeners: ((runId: string) => void)[] = []
  let exits: Socket | null = null

  /** Opened once; a line that comes while no daemon reads is lost, and the record is what counts. */
  function hearExits(): void {
    if (exits !== null) return
    if (!lstatSync(places.exits, { throwIfNoEntry: false })?.isFIFO()) {
      rmSync(places.exits, { force: true })
      makeFifos([places.exits])
    }
    exits = new Socket({ fd: openFifo(places.exits), readable: true, writable: false }).setEncoding('latin1').unref()
    let rest = ''
    exits.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) for (const listener of listeners) listener(line)
    })
    exits.on('error', () => undefined)
  }

  function end(holders: readonly SocketHolder[], dir: string): void {
    const living = () => holders.filter((holder) => table.alive(holder))
    for (const holder of living()) say(places.fifo(dir, holder.fifo), 'end')
    if (waitSync(() => living().length === 0, END_MS)) return
    for (const holder of living()) signaller.signal(holder, 'SIGKILL')
    waitSync(() => living().length === 0, END_MS)
  }

  const eachName = (open: OpenSockets, act: (path: string, hidden: string) => void): void =>
    open.sockets.forEach(({ path }, index) => {
      if (path !== null) act(path, places.hiddenName(open.dir, index))
    })

  return {
    async open(dir, declared, fifos, blocking) {
      try {
        prepareHolders(places, dir, fifos)
        hearExits()
        const opened = await openSockets(
          declared,
          blocking,
          (index) => places.hiddenName(dir, index),
          (each) => {
            const fds = each.map(({ fd }) => fd)
            return {
              sockets: each.map(({ socket }) => socket),
              holders: fifos.map((fifo) => startHolder(places, dir, fifo, fds, table)),
            }
          },
        )
        return { ok: true, ...opened }
      } catch (error) {
        rmSync(places.of(dir), { recursive: true, force: true })
        const code = error instanceof CannotStart ? error.code : errnoOf(error)
        if (code === undefined) throw error
        return { ok: false, code, message: messageOf(error) }
      }
    },
    replace: (open, fifo) => replaceHolder(places, open.dir, fifo, open.holders, table),
    async revive(open, fifo, runId) {
      // Another user's could not enter the home.
      if (targetOf(places.control(open.dir, runId)) !== null) return null
      makeFifos([places.fifo(open.dir, fifo)])
      const answer = await askInstance(places.control(open.dir, runId), `hold ${places.root} ${places.fifo(open.dir, fifo)}`)
      const identity = typeof answer?.pid === 'number' ? table.identityOf(answer.pid) : null
      return identity === null ? null : { ...identity, fifo }
    },
    alive: (holder) => table.alive(holder),
    close(open) {
      end(open.holders, open.dir)
      eachName(open, (path, hidden) => {
        // Another program may have put its own socket there.
        if (inodeOf(path) !== null && inodeOf(path) === inodeOf(hidden)) rmSync(path, { force: true })
      })
      leaveUsers(places, open.dir)
      rmSync(places.of(open.dir), { recursive: true, force: true })
    },
    mendNames(open) {
      let mended = false
      eachName(open, (path, hidden) => {
        if (inodeOf(path) !== null || inodeOf(hidden) === null) return
        try {
          linkSync(hidden, path)
          mended = true
        } catch (error) {
          if (!hasCode(error, 'EEXIST', 'ENOENT', 'EACCES')) throw error
        }
      })
      return mended
    },
    endStrays(known) {
      if (!existsSync(places.script)) return
      hearExits()
      const holders = known.flatMap((open) => open.holders)
      for (const { pid, state } of table.snapshot()) {
        if (state === 'Z' || table.commandLine(pid)[1] !== places.script) continue
        const identity = table.identityOf(pid)
        if (identity !== null && !holders.some((holder) => sameIdentity(holder, identity))) signaller.signal(identity, 'SIGKILL')
      }
    },
    forget(open, runId) {
      for (const file of [places.control(open.dir, runId), places.loaded(open.dir, runId)]) removeWithTarget(file)
    },
    controlOf: ({ dir }, runId, user) => (isForeign(user) ? users.control(dir, runId, user) : places.control(dir, runId)),
    ...instanceControl(places),
    onExit: (listener) => void listeners.push(listener),
  }
}

const inodeOf = (path: string): number | null => lstatSync(path, { throwIfNoEntry: false })?.ino ?? null
