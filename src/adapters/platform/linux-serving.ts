/** Whether a process waits at a listening socket that others have open too: from /proc/PID/fd and the epoll lists in fdinfo. */
import { readdirSync } from 'node:fs'
import { unless } from '../errno.ts'
import { descriptorsOf, linkOf } from './linux-net.ts'
import { readProc } from './proc-files.ts'

/** Breadth first. A kernel without CONFIG_PROC_CHILDREN shows none. */
export function below(pid: number): number[] {
  const found: number[] = []
  for (let parent: number | undefined = pid, at = 0; parent !== undefined; parent = found[at++])
    for (const thread of unless(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'], [], () => readdirSync(`/proc/${parent}/task`)))
      for (const child of readProc(`/proc/${parent}/task/${thread}/children`)?.toString('latin1').trim().split(' ') ?? [])
        if (child !== '') found.push(Number(child))
  return found
}

/** `waits`: it is in the epoll list of one of them. A program in accept(), select() or poll() just has it `open`. */
export function serving(pids: readonly number[], inode: number): 'waits' | 'open' | null {
  let isOpen = false
  for (const pid of pids) {
    const own = new Set<number>()
    const lists: string[] = []
    for (const fd of descriptorsOf(pid)) {
      const link = linkOf(`/proc/${pid}/fd/${fd}`)
      if (link === `socket:[${inode}]`) own.add(Number(fd))
      else if (link === 'anon_inode:[eventpoll]') lists.push(fd)
    }
    if (own.size === 0) continue
    isOpen = true
    for (const fd of lists) {
      const info = readProc(`/proc/${pid}/fdinfo/${fd}`, 256 * 1024)?.toString('latin1') ?? ''
      for (const match of info.matchAll(/^tfd: *(\d+)/gm)) if (own.has(Number(match[1]))) return 'waits'
    }
  }
  return isOpen ? 'open' : null
}
