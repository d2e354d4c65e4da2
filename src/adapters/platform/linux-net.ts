/** Listening sockets and their holders, from /proc/net/tcp, tcp6 and /proc/PID/fd. */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import type { Listener } from '../../core/world.ts'
import { errnoOf } from '../errno.ts'

const CHUNK_BYTES = 256 * 1024
const chunk = Buffer.allocUnsafe(CHUNK_BYTES)

/** State 0A is LISTEN; the fields between are queues, timers, retransmits, uid and timeout. */
const LISTEN_LINE = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:0000 0A \S+:([0-9A-F]+) \S+ \S+ +\d+ +\d+ (\d+)/gm
const ANY_LINE = /^ *\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} (?!0A)[0-9A-F]{2} /m

export function listeningSockets(): Listener[] {
  return [...listenersIn('/proc/net/tcp'), ...listenersIn('/proc/net/tcp6')]
}

const listenersIn = (path: string): Listener[] => withPieces(path, listenersOf) ?? []

/** Null for a kernel without IPv6. */
function withPieces<T>(path: string, read: (nextPiece: () => string) => T): T | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
  try {
    return read(() => chunk.toString('latin1', 0, readSync(fd, chunk, 0, CHUNK_BYTES, null)))
  } finally {
    closeSync(fd)
  }
}

/** State 01 is ESTABLISHED; the local address comes first, so the callers' ends are other lines. */
const ESTABLISHED_LINE = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 01 /gm

/** Reads the whole table: 50,000 connections take some 40 ms, so it is for what a person asked about. */
export function openConnections(ports: ReadonlySet<number>): Map<number, number> {
  const counts = new Map([...ports].map((port) => [port, 0]))
  if (ports.size > 0)
    for (const path of ['/proc/net/tcp', '/proc/net/tcp6']) withPieces(path, (nextPiece) => countConnections(nextPiece, counts))
  return counts
}

export function countConnections(nextPiece: () => string, counts: Map<number, number>): void {
  let rest = ''
  for (let piece = nextPiece(); piece !== ''; piece = nextPiece()) {
    const text = rest + piece
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    for (const match of text.slice(0, end).matchAll(ESTABLISHED_LINE)) {
      const port = Number.parseInt(match[1]!, 16)
      const count = counts.get(port)
      if (count !== undefined) counts.set(port, count + 1)
    }
  }
}

/** Reads the table piece by piece, until an empty one. */
export function listenersOf(nextPiece: () => string): Listener[] {
  // Between two pieces the kernel finds its place by counting: if a socket was opened or closed meanwhile, another may come
  // twice.
  const found = new Map<number, Listener>()
  let rest = ''
  for (;;) {
    const piece = nextPiece()
    if (piece === '') return [...found.values()]
    const text = rest + piece
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    const lines = text.slice(0, end)
    for (const match of lines.matchAll(LISTEN_LINE)) {
      const inode = Number(match[4])
      const queued = Number.parseInt(match[3]!, 16)
      found.set(inode, { port: Number.parseInt(match[2]!, 16), address: addressOf(match[1]!), inode, queued })
    }
    // The kernel lists listeners first: the first connection in another state ends the part that matters, which saves reading
    // 50,000 established connections on a busy machine.
    if (ANY_LINE.test(lines)) return [...found.values()]
  }
}

/** Most listeners have the same few addresses, often that of the line before. */
let lastHex = ''
let lastAddress = ''
function addressOf(hex: string): string {
  if (hex !== lastHex) {
    lastAddress = decodeAddress(hex)
    lastHex = hex
  }
  return lastAddress
}

/** The kernel prints each 32-bit word of an address in the machine's own byte order. */
export function decodeAddress(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  if (endianness() === 'LE') bytes.swap32()
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `::ffff:${bytes.subarray(12).join('.')}`
  const text = `:${groups.map((group) => group.toString(16)).join(':')}:`
  const zeros = text.match(/(?::0){2,}:/g)?.reduce((longest, run) => (run.length > longest.length ? run : longest))
  return (zeros === undefined ? text : text.replace(zeros, '::')).replace(/^:(?!:)|(?<!:):$/g, '')
}

/** Which process holds which socket: a readlink per descriptor, so ask for few. Other users' processes are invisible. */
export function socketHolders(inodes: ReadonlySet<number>, pids: readonly number[] | null): Map<number, number> {
  const found = new Map<number, number>()
  if (inodes.size === 0) return found
  const wanted = new Map([...inodes].map((inode) => [`socket:[${inode}]`, inode]))
  for (const pid of pids ?? allPids()) {
    for (const fd of descriptorsOf(pid)) {
      const inode = wanted.get(linkOf(`/proc/${pid}/fd/${fd}`))
      if (inode === undefined || found.has(inode)) continue
      found.set(inode, pid)
      if (found.size === inodes.size) return found
    }
  }
  return found
}

const allPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

const HIDDEN = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])

export function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch (error) {
    if (HIDDEN.has(errnoOf(error) ?? '')) return []
    throw error
  }
}

export function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (HIDDEN.has(errnoOf(error) ?? '')) return ''
    throw error
  }
}
