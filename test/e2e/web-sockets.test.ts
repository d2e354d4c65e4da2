/** Shared sockets on the page: who serves them, a reload while it runs, and the version that was rolled back. */
import { expect } from 'vitest'
import { expectNothingFound } from '../support/axe.ts'
import { go, live, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'

const { home, open } = useBrowser()

live('a reload shows what each instance does, and what was refused with its reason', { timeout: 180_000 }, async () => {
  const t = await home()
  const command = [process.execPath, program('serves-a-version.mjs')]
  const socket = ['--socket', 'auto', '--instances', '2', '--ready-timeout', '8s']
  await t.here.ok(['start', '--name', 'web', ...socket, '--', ...command])
  const page = await open()
  await go(page, '#/process/web:0')
  const panel = page.getByRole('region', { name: 'Sockets' })
  await panel.getByText('2 of 2 instances serve').waitFor()
  const [shown] = await t.request('show', { targets: ['web:0'] })
  await panel.getByText(shown!.sockets[0]!.address, { exact: true }).waitFor()
  const runs = panel.getByRole('table', { name: 'Who serves them' }).getByRole('row')
  const rowOf = (name: string, phase: string) => runs.filter({ hasText: name }).filter({ hasText: phase })
  for (const name of ['web:0', 'web:1']) await rowOf(name, 'Serving').waitFor()

  // It listens nowhere: it is checked until its time is over.
  await t.here.ok(['set', 'web', '--', '/usr/bin/env', 'VERSION=hangs', ...command])
  const reload = t.here.run(['reload', 'web'])
  await rowOf('web:0', 'Checking').waitFor()
  await rowOf('web:0', 'Serving').waitFor()
  await panel.getByText('Reload: web:0').waitFor()
  expect(await reload).toMatchObject({ code: 1 })
  const card = page.getByRole('region', { name: 'Rolled back' })
  await card.getByText('does not accept from its socket').waitFor()
  expect(await card.textContent()).toContain('VERSION=hangs')
  await panel.getByText('2 of 2 instances serve').waitFor()
  expect(await rowOf('web:0', 'Checking').count()).toBe(0)
  await expectNothingFound(page, 'sockets')
})
