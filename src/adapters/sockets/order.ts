/** Has a holder run a script: a line into its FIFO, and the pid that comes back. */
import { randomUUID } from 'node:crypto'
import { closeSync, rmSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../../core/state.ts'
import { readPlain } from '../../protocol/plain-file.ts'
import { quoted } from '../../protocol/shell-quote.ts'
import type { SocketHolder } from '../../protocol/sockets.ts'
import { errnoOf, unless } from '../errno.ts'
import { openFifoToWrite } from '../fifo.ts'
import type { OsTable } from '../platform/os-table.ts'
import { writeTextSync } from '../regular-file.ts'
import { waitSync } from '../wait-sync.ts'
import type { SocketPlaces } from './places.ts'

/** A holder answers within milliseconds; on a machine that swaps, later. */
const ANSWER_MS = 2000
/** Written before, so that the pid needs no new block. */
const BLANK_PID = ' '.repeat(16)
/** In memory, and its own user's alone: a full disk must not keep a service from starting again. */
const IN_MEMORY = '/dev/shm'
const FULL = new Set(['ENOSPC', 'EDQUOT'])

export type HolderTable = Pick<OsTable, 'identityEvenIfDead' | 'identityOf' | 'alive'>

export interface Order {
  /** What the holder executes; its removal decides whether it begins. */
  script: string
  /** Where its text is: elsewhere when the disk is full. */
  text: string
  pidFile: string
}

/** The rest of a script that has removed itself; `report` writes its pid, and is the last that is not the program's own. */
export type Body = (report: string) => string

/** Null: no holder reads any more. */
export function order(
  places: SocketPlaces,
  dir: string,
  name: string,
  body: Body,
  holders: readonly SocketHolder[],
  table: HolderTable,
): Order | null {
  const script = join(places.of(dir), `${name}.sh`)
  const made = prepare(script, body)
  const sent = holders.some((holder) => table.alive(holder) && say(places.fifo(dir, holder.fifo), name))
  if (sent) return made
  discard(made)
  return null
}

function prepare(script: string, body: Body): Order {
  try {
    return write({ script, text: script, pidFile: `${script}.pid` }, body)
  } catch (error) {
    if (!FULL.has(errnoOf(error) ?? '')) throw error
  }
  const text = join(IN_MEMORY, `ptrack-${randomUUID()}`)
  const made = write({ script, text, pidFile: `${text}.pid` }, body)
  rmSync(script, { force: true })
  symlinkSync(text, script)
  return made
}

function write(made: Order, body: Body): Order {
  const { script, text, pidFile } = made
  const elsewhere = text === script ? '' : `rm -f -- ${quoted(text)}\n`
  try {
    writeTextSync(pidFile, BLANK_PID, 'w')
    writeTextSync(text, `rm -- "$0" || exit\n${elsewhere}${body(`echo $$ 1<>${quoted(pidFile)}`)}`, 'w')
    return made
  } catch (error) {
    for (const file of [text, pidFile]) rmSync(file, { force: true })
    throw error
  }
}

/** Waits for its pid. Null: it never began, and never will. */
export function begun(made: Order, table: HolderTable): Identity | null {
  let pid: number | null = null
  const read = (): boolean => {
    pid = pidIn(made.pidFile)
    return pid !== null
  }
  try {
    // Its removal decides: by us, and it never begins, or by its shell, and the pid comes.
    if (!waitSync(read, ANSWER_MS) && removed(made.script)) return null
    waitSync(read, ANSWER_MS)
    return pid === null ? null : table.identityEvenIfDead(pid)
  } finally {
    discard(made)
  }
}

function discard({ script, text, pidFile }: Order): void {
  for (const file of [script, text, pidFile]) rmSync(file, { force: true })
}

/** False: nothing reads the FIFO, so that holder is dead. */
export function say(fifo: string, line: string): boolean {
  const fd = openFifoToWrite(fifo)
  if (fd === null) return false
  try {
    writeSync(fd, `${line}\n`)
    return true
  } catch (error) {
    // Full: it has not read for a long time.
    if (errnoOf(error) === 'EAGAIN' || errnoOf(error) === 'EPIPE') return false
    throw error
  } finally {
    closeSync(fd)
  }
}

function pidIn(file: string): number | null {
  const match = /^(\d+)\n/.exec(unless(['ENOENT'], '', () => readPlain(file, 'latin1')))
  return match === null ? null : Number(match[1])
}

/** False: it was gone already. */
const removed = (script: string): boolean =>
  unless(['ENOENT'], false, () => {
    rmSync(script)
    return true
  })
