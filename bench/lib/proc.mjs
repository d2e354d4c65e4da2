// What a benchmark reads of /proc, and how it ends what it began: by pid and start time, never by name.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const VANISHED = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])
function read(file) {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    if (VANISHED.has(error.code)) return ''
    throw error
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6

/** Polls until `fact` is truthy and returns it; throws when the time is up. */
export async function until(fact, what, ms = 60_000, step = 5) {
  const deadline = nowMs() + ms
  for (;;) {
    const value = await fact()
    if (value) return value
    if (nowMs() > deadline) throw new Error(`waited ${ms} ms in vain until ${what}`)
    await sleep(step)
  }
}

/** Live processes only: a zombie counts as ended. */
export function identOf(pid) {
  const text = read(`/proc/${pid}/stat`)
  if (!text) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // 21 and 22 fields after the name: start time in ticks. 14 and 15: CPU of reaped children, in ticks of 10 ms.
  return 'ZX'.includes(fields[0])
    ? null
    : { pid, startTicks: Number(fields[19]), reapedCpuMs: (Number(fields[13]) + Number(fields[14])) * 10 }
}
export const isAlive = (ident) => ident !== null && identOf(ident.pid)?.startTicks === ident.startTicks

export function signal(ident, name = 'SIGKILL') {
  if (!isAlive(ident)) return false
  try {
    process.kill(ident.pid, name)
    return true
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}
export async function end(ident) {
  if (!ident) return
  signal(ident)
  await until(() => !isAlive(ident), `pid ${ident.pid} is gone`)
}

/** Every live process that runs this very file; the file lies in a directory of this benchmark alone. */
export function runningFile(file) {
  const found = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    let target = ''
    try {
      target = readlinkSync(`/proc/${name}/exe`)
    } catch (error) {
      if (!VANISHED.has(error.code)) throw error
    }
    const ident = target === file ? identOf(Number(name)) : null
    if (ident) found.push(ident)
  }
  return found
}

/** CPU of a live process in ms. From schedstat, because stat counts in ticks of 10 ms and an idle daemon uses less. */
export function cpuMs(pid) {
  let nanos = 0
  for (const task of readdirSync(`/proc/${pid}/task`))
    nanos += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] || 0)
  return nanos / 1e6
}

/** Proportional and resident memory in MB (1024 x 1024). */
export function memoryMb(pid) {
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024
  return { pss: field('Pss'), rss: field('Rss') }
}
