/**
 * One home, and so one daemon, for the tests of a file that need nothing but processes, hooks and limits of their own: a daemon costs
 * a third of a second of CPU. What a test leaves is gone before the next one, so that each may use the same names.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ask } from './ask.ts'
import type { TestHome } from './daemon.ts'
import { endIdent } from './proc.ts'

/** Behind each test: its processes, hooks, limits and files go. The daemon stays, with its log and its history. */
export async function emptied(t: TestHome): Promise<void> {
  for (const { id } of await ask(t, 'hooks.list', {})) if (!id.includes('#')) await ask(t, 'hooks.delete', { id })
  if ((await ask(t, 'list', { all: true })).length > 0) {
    const refused = (await ask(t, 'delete', { targets: ['all'], purge: true })).filter(({ ok }) => !ok)
    if (refused.length > 0) throw new Error(`cannot empty the home: ${JSON.stringify(refused)}\n${t.logTail()}`)
  }
  await Promise.all(t.processes().map((left) => (left.id === null ? undefined : endIdent(left))))
  const { global, owners, types } = await ask(t, 'limits.get', {})
  const none = (limits: object) => Object.fromEntries(Object.keys(limits).map((key) => [key, null]))
  if (global !== null || Object.keys({ ...owners, ...types }).length > 0)
    await ask(t, 'limits.set', { global: null, owners: none(owners), types: none(types) })
  for (const name of readdirSync(t.dir))
    if (name !== 'home' && name !== 'config') rmSync(join(t.dir, name), { recursive: true, force: true })
}
