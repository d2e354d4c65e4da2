/** Parses `ps` and `lsof`, in the formats common to macOS, the BSDs and Linux's procps. */
import { execFileSync } from 'node:child_process'
import type { Marker } from '../../core/world.ts'
import { errnoOf } from '../errno.ts'
import { markerFrom } from './marker.ts'

/** With 10,000 processes they answer within 2 s; a hanging one must not hang the daemon for ever. */
const TOOL_TIMEOUT_MS = 10_000

/** Output of a short command. Exit status 1 means "nothing matched" for both ps and lsof: empty. */
export function ask(tool: string, args: readonly string[]): string {
  try {
    // English dates and UTC: the columns are read by position.
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }
    return execFileSync(tool, [...args], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: TOOL_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    })
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 1 && errnoOf(error) === undefined)
      return 'stdout' in error && typeof error.stdout === 'string' ? error.stdout : ''
    throw error
  }
}

export interface PsRow {
  pid: number
  ppid: number
  pgrp: number
  session: number
  tty: boolean
  state: string
  /** Seconds since 1970, the precision of ps. */
  startedSeconds: number
  cpuMs: number
  rssBytes: number
  comm: string
}

const COLUMNS = 'pid=,ppid=,pgid=,sess=,tty=,stat=,lstart=,time=,rss=,comm='
const ROW = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(\S+) +(\S+) +\w+ +(\w+ +\d+ +[\d:]+ +\d+) +(\S+) +(\d+) +(.*)$/

export function listRows(pid?: number): PsRow[] {
  const rows: PsRow[] = []
  for (const line of ask('ps', [...(pid === undefined ? ['-ax'] : ['-p', String(pid)]), '-o', COLUMNS]).split('\n')) {
    const match = ROW.exec(line)
    if (match === null) continue
    const [, own, parent, group, session, tty, stat, started, time, rss, comm] = match as unknown as string[]
    rows.push({
      pid: Number(own),
      ppid: Number(parent),
      pgrp: Number(group),
      // macOS prints a kernel address, or 0, for the session; the group, equal for our children, replaces it.
      session: /^[1-9]\d*$/.test(session!) ? Number(session) : Number(group),
      tty: !/^(\?+|-)$/.test(tty!),
      state: stat![0]!,
      startedSeconds: Date.parse(`${started} UTC`) / 1000,
      cpuMs: cpuMsOf(time!),
      rssBytes: Number(rss) * 1024,
      comm: comm!.split('/').at(-1)!,
    })
  }
  return rows
}

/** `[[days-]hours:]minutes:seconds[.hundredths]`. */
export function cpuMsOf(time: string): number {
  const [clock, days] = time.split('-').reverse()
  const seconds = clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.round((seconds + Number(days ?? 0) * 86_400) * 1000)
}

/** ps prints variables after the arguments, separated by spaces; `home` shows where a value with spaces ends. */
export function markersOf(pids: readonly number[], home: string): Map<number, Marker> {
  const found = new Map<number, Marker>()
  if (pids.length === 0) return found
  // 10,000 pids fit into a command's arguments; beyond a few the whole table is requested.
  const selection = pids.length > 50 ? ['axeww'] : ['eww', '-p', pids.join(',')]
  for (const line of ask('ps', [...selection, '-o', 'pid=,command=']).split('\n')) {
    if (!line.includes('PTRACK_')) continue
    const pid = Number.parseInt(line, 10)
    const variables: Record<string, string> = {}
    for (const match of line.matchAll(/ (PTRACK_(?:ID|RUN|HOME|DAEMON))=(\S*)/g)) variables[match[1]!] ??= match[2]!
    if (line.includes(` PTRACK_HOME=${home} `) || line.endsWith(` PTRACK_HOME=${home}`)) variables.PTRACK_HOME = home
    const marker = markerFrom(variables)
    if (marker !== null) found.set(pid, marker)
  }
  return found
}

export interface OpenSocket {
  pid: number
  address: string
  port: number
  /** lsof's DEVICE column: the inode on Linux, a kernel address on macOS; it only has to be unique. */
  inode: number
}

export function listeningSockets(): OpenSocket[] {
  const sockets: OpenSocket[] = []
  let pid = 0
  let inode = 0
  let isV6 = false
  for (const line of ask('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-F', 'pftdn']).split('\n')) {
    const value = line.slice(1)
    if (line[0] === 'p') pid = Number(value)
    else if (line[0] === 't') isV6 = value === 'IPv6'
    // Of a 64-bit kernel address the lower 48 bits, which a double holds exactly.
    else if (line[0] === 'd') inode = value.startsWith('0x') ? Number(BigInt(value) & 0xffff_ffff_ffffn) : Number(value)
    else if (line[0] === 'n') {
      const at = value.lastIndexOf(':')
      const host = value.slice(0, at).replace(/^\[|\]$/g, '')
      sockets.push({ pid, inode, port: Number(value.slice(at + 1)), address: host === '*' ? (isV6 ? '::' : '0.0.0.0') : host })
    }
  }
  return sockets
}
