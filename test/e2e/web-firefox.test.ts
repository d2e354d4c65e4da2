/** The page in Firefox, whose engine is another one: what a person does first, and what a page must survive. */
import { expect } from 'vitest'
import { by, inFirefox, shows, useFirefox } from '../support/firefox.ts'

const { home, open } = useFirefox()

const web = '.row[aria-label="web"]'

inFirefox('a login by its address is kept over a reload, until logout; a wrong token is refused in words', async () => {
  await home()
  const page = await open('#/overview')
  expect(page.url()).not.toContain('code')
  await page.reload()
  await page.waitForSelector('header.top')
  await page.locator('[aria-label^="Settings of"]').click()
  await page.locator(by('button', 'Log out')).click()
  await page.locator('input[type="password"]').fill('wrong')
  await page.locator(by('button', 'Log in')).click()
  await shows(page, '[role="alert"]', 'token')
})

inFirefox('a process is started, seen running, read and stopped', async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--', 'sh', '-c', 'echo begun; exec sleep 1000'])
  await t.here.ok(['stop', 'web'])
  const page = await open('#/processes')
  await page.locator(web).hover()
  await page.locator(by('button', 'start web')).click()
  await shows(page, web, 'Running')
  expect((await t.ls('web'))!.status).toBe('running')
  await page.locator(`${web} a.name`).click()
  await page.locator('.tabs a[href$="/log"]').click()
  await shows(page, '.line', 'begun')
  await page.locator(by('button', 'stop web')).click()
  await page.locator(by('button', 'Stop')).click()
  await shows(page, '.title', 'Stopped')
  expect((await t.ls('web'))!.status).toBe('stopped')
})

inFirefox('a daemon that goes away is said, and the page lives again with the next one', async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--', 'sleep', '1000'])
  const page = await open('#/processes')
  await shows(page, web, 'Running')
  await t.killDaemon()
  await shows(page, '.banner:not([hidden])', 'The daemon is away')
  await t.here.ok(['ls'])
  await page.waitForSelector('.banner:not([hidden])', { hidden: true })
  // Not as it was, but live: what happens now is shown.
  await t.here.ok(['stop', 'web'])
  await shows(page, web, 'Stopped')
})
