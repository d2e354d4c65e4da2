/** The listening sockets that this process inherited: what PTRACK_LISTEN names, and what is really there. */
import { readlinkSync } from 'node:fs'

export interface Inherited {
  fd: number
  inode: number
  name: string
  /** Of TCP; null = a unix socket. */
  port: number | null
  /** An address as it was declared; `::` and `0.0.0.0` are every one. */
  host: string
  /** Of a unix socket. */
  path: string | null
  /** How many connections may wait; the kernel has its own limit below it. */
  backlog: number
}

const BACKLOG = 4096

/** Null when any of it is malformed: guessing would give a program the wrong socket. */
export function parseListen(text: string): Inherited[] | null {
  try {
    const list: unknown = JSON.parse(text)
    if (!Array.isArray(list)) return null
    const sockets = list.map(parseEntry)
    return sockets.every((socket): socket is Inherited => socket !== null) ? sockets : null
  } catch {
    return null
  }
}

const isNatural = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function parseEntry(entry: Record<string, unknown> | null): Inherited | null {
  if (entry === null || typeof entry !== 'object') return null
  const { fd, inode, name, port, host, path, backlog } = entry
  if (!isNatural(fd) || fd < 3 || !isNatural(inode) || typeof name !== 'string') return null
  const common = { fd, inode, name, backlog: isNatural(backlog) && backlog > 0 ? backlog : BACKLOG }
  if (typeof path === 'string' && path.startsWith('/') && port === undefined) return { ...common, port: null, host: '', path }
  if (!isNatural(port) || port > 65_535 || path !== undefined) return null
  return { ...common, port, host: typeof host === 'string' ? host : '', path: null }
}

/** A number alone means nothing: below a program it may be any other file, and after a close it is used again. */
export function isInherited({ fd, inode }: Inherited): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === `socket:[${inode}]`
  } catch {
    return false
  }
}
