/**
 * A cgroup in which nothing can be ended: while it is frozen, even SIGKILL waits. Only version 1 does that; version 2
 * lets a frozen process die. It stands in for a process that hangs in the kernel.
 */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ability } from './requires.ts'
import { until } from './until.ts'

export interface Freezer {
  freeze(pids: readonly number[]): Promise<void>
  thaw(): Promise<void>
  /** Thaws and removes the group, once everything in it has ended. */
  close(): Promise<void>
}

const USUAL = '/sys/fs/cgroup/freezer'

function hierarchy(): { path: string; mounted: boolean } | string {
  try {
    accessSync(join(USUAL, 'tasks'), constants.W_OK)
    return { path: USUAL, mounted: false }
  } catch {
    // A machine with version 2 alone can still mount this one controller.
  }
  const path = mkdtempSync(join(tmpdir(), 'ptrack-freezer-'))
  try {
    execFileSync('mount', ['-t', 'cgroup', '-o', 'freezer', 'none', path], { stdio: 'pipe' })
    return { path, mounted: true }
  } catch (error) {
    rmdirSync(path)
    return String((error as { stderr?: Buffer }).stderr ?? error).trim()
  }
}

/** What is missing where there is none. */
export function openFreezer(): Freezer | Ability {
  const found = hierarchy()
  if (typeof found === 'string') {
    return { name: `a cgroup freezer of version 1 (${found})`, there: false }
  }
  const group = join(found.path, `ptrack-test-${process.pid}-${Date.now()}`)
  mkdirSync(group)
  const become = async (state: 'FROZEN' | 'THAWED'): Promise<void> => {
    writeFileSync(join(group, 'freezer.state'), state)
    await until(() => readFileSync(join(group, 'freezer.state'), 'utf8').trim() === state, `the group is ${state}`)
  }
  return {
    freeze: async (pids) => {
      for (const pid of pids) writeFileSync(join(group, 'cgroup.procs'), String(pid))
      await become('FROZEN')
    },
    thaw: () => become('THAWED'),
    close: async () => {
      await become('THAWED')
      await until(() => readFileSync(join(group, 'cgroup.procs'), 'utf8') === '', 'nothing is left in the frozen group')
      rmdirSync(group)
      if (!found.mounted) return
      execFileSync('umount', [found.path])
      rmdirSync(found.path)
    },
  }
}
