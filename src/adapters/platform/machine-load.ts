/** Processor time and memory of the whole machine. */
import { cpus, freemem, totalmem } from 'node:os'

/** user nice system idle iowait irq softirq steal; guest times are in user and nice already. */
const CPU_LINE = /^cpu +(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/

interface CpuTimes {
  busyMs: number
  totalMs: number
}

/** From the first line of /proc/stat, whose unit is a hundredth of a second. */
export function cpuTimesOf(stat: string): CpuTimes | null {
  const match = CPU_LINE.exec(stat)
  if (match === null) return null
  const [user, nice, system, idle, iowait, irq, softirq, steal] = match.slice(1).map(Number) as [number, ...number[]]
  const busy = user + nice! + system! + irq! + softirq! + steal!
  return { busyMs: busy * 10, totalMs: (busy + idle! + iowait!) * 10 }
}

export const machineMemory = (): { totalBytes: number; freeBytes: number } => ({ totalBytes: totalmem(), freeBytes: freemem() })

export function machineTimes(): CpuTimes | null {
  const all = cpus()
  if (all.length === 0) return null
  const sum = { busyMs: 0, totalMs: 0 }
  for (const { times } of all) {
    const busy = times.user + times.nice + times.sys + times.irq
    sum.busyMs += busy
    sum.totalMs += busy + times.idle
  }
  return sum
}
