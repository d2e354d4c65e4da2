/** When the daemon dies in a storm: after something was seen to happen, and a few milliseconds more. */
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import type { TestHome } from '../daemon.ts'
import { endIdent, statOf } from '../proc.ts'
import type { StormFiles } from './client.ts'

/** The next change of one of these files, by their folder and the beginning of their name; a quiet folder costs half a second. */
async function changed(folder: string, beginning: string): Promise<void> {
  if (!existsSync(folder)) return
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  await new Promise<void>((resolve) => {
    watcher = watch(folder, (_kind, name) => name?.startsWith(beginning) && resolve())
    timer = setTimeout(resolve, 500)
  })
  watcher?.close()
  clearTimeout(timer)
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Kills leaders of services first, as chance has it. */
async function endLeaders(t: TestHome, random: () => number, count: number): Promise<void> {
  const leaders = t.processes().filter((one) => one.command.some((word) => word.endsWith('numbers-its-lines.py')))
  const ends = leaders.filter((one) => statOf(one.pid)?.session === one.pid)
  for (let n = 0; n < count && ends.length > 0; n++) await endIdent(ends.splice(Math.floor(random() * ends.length), 1)[0]!)
}

/** Waits for one of these facts, then ends the daemon; returns which it was, and how many daemons died. */
export async function killDaemon(
  t: TestHome,
  files: StormFiles,
  random: () => number,
): Promise<{ moment: string; kills: number }> {
  const after: Record<string, () => Promise<void>> = {
    'the state was written': () => changed(t.home, 'process-state'),
    'a service has begun': () => changed(files.counts, ''),
    'a job has begun': () => changed(join(files.runs, '..'), 'runs'),
    'a record was written': () => changed(join(t.home, 'runs'), ''),
    'a log was made or rotated': () => changed(join(t.home, 'logs'), ''),
    'a result was kept': () => changed(join(t.home, 'results'), ''),
    'a run was put into the history': () => changed(join(t.home, 'history'), ''),
    'a leader was killed': () => endLeaders(t, random, 1),
    'three leaders were killed': () => endLeaders(t, random, 3),
    'a daemon has just begun': async () => {
      await t.killDaemon().catch(() => null)
      await changed(t.home, 'daemon.json')
    },
    'some time has passed': () => wait(random() * 500),
  }
  const names = Object.keys(after)
  const moment = names[Math.floor(random() * names.length)]!
  // The clients have begun to type.
  await wait(50 + random() * 150)
  await after[moment]!()
  await wait(random() < 0.5 ? 0 : random() * 30)
  const daemons = t.daemons()
  await Promise.all(daemons.map(endIdent))
  return { moment, kills: Math.max(1, daemons.length) }
}
