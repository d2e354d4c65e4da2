/** A line of /proc/PID/stat. The second field (comm) may have any characters, so fields are counted from the last `)`. */
export interface ProcStat {
  pid: number
  comm: string
  /** Z only when the last thread has ended. Until then a process keeps its files and ports, whatever its first thread did. */
  state: string
  /** The first thread has ended, others run: /proc has the memory of those, not of the process. */
  leaderEnded: boolean
  ppid: number
  pgrp: number
  session: number
  tty: boolean
  /** User + system time, clock ticks. */
  cpuTicks: number
  startTicks: number
  rssPages: number
  /** Stack address: random after every exec, 0 where not permitted. */
  stackStart: number
}

/** null for an empty read of a process that is just vanishing. */
export function parseStat(line: string): ProcStat | null {
  const open = line.indexOf('(')
  const close = line.lastIndexOf(')')
  if (open < 0 || close < open) return null
  // Indexes are those of proc(5) less 3: pid and comm are cut off, and the manual counts from 1.
  const rest = line.slice(close + 2).split(' ', 26)
  if (rest.length < 26) return null
  const leaderEnded = rest[0] === 'Z' && Number(rest[17]) > 1
  return {
    pid: Number(line.slice(0, open)),
    comm: line.slice(open + 1, close),
    state: leaderEnded ? 'S' : rest[0]!,
    leaderEnded,
    ppid: Number(rest[1]),
    pgrp: Number(rest[2]),
    session: Number(rest[3]),
    tty: rest[4] !== '0',
    cpuTicks: Number(rest[11]) + Number(rest[12]),
    startTicks: Number(rest[19]),
    rssPages: Number(rest[21]),
    // A number, not the substring, which would keep the whole line in memory.
    stackStart: Number(rest[25]),
  }
}

/** Zombies and the dead (Z, X, x): they hold nothing but their pid. */
export const hasEnded = (state: string): boolean => state === 'Z' || state === 'X' || state === 'x'
