/** Words for tests about runs: waiting for a status, reading what a program said, the machine rebooting. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import { isEnded, type Status } from '../../src/protocol/names.ts'
import type { OrphanView, ProcessView } from '../../src/protocol/view.ts'
import { ask } from './ask.ts'
import type { HomeProcess, TestHome } from './daemon.ts'
import { endIdent, type Ident, identOf } from './proc.ts'

export const said = (t: TestHome, name: string): string =>
  existsSync(t.logFile(name)) ? readFileSync(t.logFile(name), 'utf8') : ''

/** The child that a program has told of, as soon as it has. */
/** What the program said of its child, which may have ended since. */
export const toldChild = (t: TestHome, name: string): Promise<number> =>
  t.until(() => Number([...said(t, name).matchAll(/child (\d+)\n/g)].at(-1)?.[1] ?? 0), `${name} has told of its child`, 30_000)

export const childOf = (t: TestHome, name: string): Promise<Ident> =>
  t.until(
    () => {
      const told = [...said(t, name).matchAll(/child (\d+)\n/g)].at(-1)
      return told ? identOf(Number(told[1])) : null
    },
    `${name} has told of its child`,
    30_000,
  )

export const reaches = (t: TestHome, name: string, ...statuses: Status[]): Promise<ProcessView> =>
  t.until(
    async () => {
      const view = await t.ls(name)
      return view && statuses.includes(view.status) ? view : false
    },
    `${name} is ${statuses.join(' or ')}`,
    30_000,
  )

/** Up for so long, by its own view: for rules that look at how long a run lasted. */
export const hasRunFor = (t: TestHome, name: string, ms: number): Promise<ProcessView> =>
  t.until(
    async () => {
      const view = await t.ls(name)
      return view?.status === 'running' && (view.elapsedMs ?? 0) > ms ? view : false
    },
    `${name} has run for ${ms} ms`,
    30_000 + ms,
  )

/** Waits for the end and says how it came. */
export async function ended(t: TestHome, name: string): Promise<ProcessView> {
  // The command asks again where the daemon that it asked has died.
  await t.request('wait', { targets: [name], timeoutMs: 40_000 }).catch(() => t.run(['wait', name, '--timeout', '40s']))
  const view = await t.ls(name)
  expect(view && isEnded(view.status), `${name} has ended: ${JSON.stringify(view)}`).toBe(true)
  return view!
}

export async function events(t: TestHome, name: string): Promise<PtrackEvent[]> {
  const { stdout } = await t.here.ok(['events', name, '--json', '-n', '100000'])
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PtrackEvent)
}

export const orphanAt = async (t: TestHome, pid: number): Promise<OrphanView | undefined> =>
  (await ask(t, 'orphans', {})).find((orphan) => orphan.pid === pid)

/** Every process that carries the marker of this one. */
export const instancesOf = (t: TestHome, id: string): HomeProcess[] => t.processes().filter((found) => found.id === id)

/** The power fails: the daemon and all else are gone, and what is on disk was written under another boot id. */
export async function loseTheMachine(t: TestHome): Promise<void> {
  await t.killDaemon()
  await Promise.all(t.processes().map(endIdent))
  for (const name of ['process-state.json', 'process-state.json.prev']) {
    const file = join(t.home, name)
    if (!existsSync(file)) continue
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/"bootId":"/)
    writeFileSync(file, text.replace(/"bootId":"[^"]*"/g, '"bootId":"0ld0ld00-0000-4000-8000-000000000000"'))
  }
}
