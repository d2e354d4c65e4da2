/** What an admin has besides: orphans that are ended, limits, tokens, hooks, who did what, owners and the load of the machine. */
import { expect } from 'vitest'
import { go, live, row, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'
import { isAlive } from '../support/proc.ts'

const { home, open } = useBrowser()

live(
  'an orphan is shown with its evidence, and ended after a question; a viewer sees it and no way to end it',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const page = await open()
    await go(page, '#/orphans')
    await page.getByRole('heading', { name: 'Nothing was left behind' }).waitFor()
    await t.here.ok(['run', '--name', 'leaver', '--', 'python3', program('leaves-a-setsid-child.py')])
    await t.until(async () => (await t.here.json<unknown[]>(['orphans'])).length === 1, 'it is found')
    const [left] = t.processes()
    expect(left).toBeDefined()
    await page.getByRole('button', { name: 'Look again' }).click()
    const card = page.getByRole('article', { name: `pid ${left!.pid}` })
    await card.getByText(/carries the marker of leaver run 1/).waitFor()
    await card.getByText('escaped').waitFor()
    const end = card.getByRole('button', { name: `End ${left!.pid}…` })
    await end.click()
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
    expect(isAlive(left!)).toBe(true)
    const viewer = await open({ role: 'viewer', owner: (await t.ls('leaver'))!.owner })
    await go(viewer, '#/orphans')
    await viewer.getByRole('article', { name: `pid ${left!.pid}` }).waitFor()
    expect(await viewer.locator('main').getByRole('button').allTextContents()).toEqual(['Look again', 'End…'])
    expect(await viewer.getByRole('button', { name: `End ${left!.pid}…` }).isDisabled()).toBe(true)
    expect(await viewer.getByTitle('It takes an admin; you are a viewer.').count()).toBe(1)
    await end.click()
    await page
      .getByRole('dialog', { name: `End ${left!.pid}?` })
      .getByRole('button', { name: 'End it' })
      .click()
    await page.locator('.toast', { hasText: `${left!.pid}: terminated` }).waitFor()
    await page.getByRole('heading', { name: 'Nothing was left behind' }).waitFor()
    expect(isAlive(left!)).toBe(false)
  },
)

live(
  'limits are set, changed and taken away, and hold at once; owners and the load are shown',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const page = await open()
    await go(page, '#/admin')
    const limits = (): Promise<{ global: number | null; types: object; owners: object }> => t.json(['limits'])
    await page.getByLabel('Name of the type or owner').fill('bench')
    await page.getByLabel('Jobs at once', { exact: true }).fill('1')
    await page.getByRole('button', { name: 'Add a limit' }).click()
    await page.getByLabel('Limit of type bench').waitFor()
    expect(await limits()).toMatchObject({ global: null, types: { bench: 1 } })
    for (const name of ['one', 'two']) await t.ok(['run', '-d', '--name', name, '--type', 'bench', '--', program('waits.sh')])
    await page.getByText('1 live, 1 queued').waitFor()
    const owner = (await t.ls('one'))!.owner
    const cells = page.getByRole('region', { name: 'Owners' }).getByRole('row', { name: owner }).getByRole('cell')
    await cells.nth(1).getByText('1', { exact: true }).waitFor()
    expect((await cells.allTextContents()).slice(0, 2)).toEqual(['1', '1'])
    await page.getByLabel('Limit of type bench').fill('')
    await page.keyboard.press('Tab')
    // What is being written stays while the page goes on.
    await page.getByLabel('Limit over all').fill('7')
    const up = page.getByRole('region', { name: 'Daemon' }).locator('dd').nth(2)
    const before = await up.textContent()
    await t.until(async () => (await up.textContent()) !== before, 'the page has moved')
    expect(await page.getByLabel('Limit over all').inputValue()).toBe('7')
    await page.getByLabel('Limit over all').focus()
    await page.keyboard.press('Tab')
    await t.until(async () => (await limits()).global === 7, 'it is set')
    expect((await limits()).types).toEqual({})
    await page.getByText('2 live, 0 queued').waitFor()
    // What cannot be is not sent.
    await page.getByLabel('Limit over all').fill('0')
    await page.keyboard.press('Tab')
    expect((await limits()).global).toBe(7)
    const load = page.getByRole('region', { name: 'Load' })
    await load.getByText(/^load \d+\.\d\d \d+\.\d\d \d+\.\d\d \(1, 5 and 15 min\) on \d+ CPUs?$/).waitFor()
    expect(Number(await load.getByRole('meter', { name: 'Memory' }).getAttribute('value'))).toBeGreaterThan(0)
    await go(page, '#/processes')
    await row(page, 'two').getByText('running').waitFor()
  },
)

live(
  'a token is made, its secret shown once, and ends a program at once when it is revoked; a hook is made and deleted',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const page = await open()
    await go(page, '#/admin')
    const tokens = page.getByRole('region', { name: 'Tokens', exact: true })
    await tokens.getByLabel('Name of the token').fill('ci')
    await tokens.getByLabel('Role of the token').selectOption('operator')
    await tokens.getByLabel('Owner of the token').fill('ann')
    await tokens.getByLabel('When the token ends').selectOption('in 7 days')
    await tokens.getByRole('button', { name: 'Make a token' }).press('Enter')
    const shown = page.getByRole('dialog', { name: 'The token ci' })
    const secret = (await shown.locator('code').textContent())!
    const list = (): Promise<{ name: string; role: string; owner: string; expiresAt: string | null }[]> =>
      t.here.json(['token', 'ls'])
    const ci = (await list()).find(({ name }) => name === 'ci')!
    expect(ci).toMatchObject({ role: 'operator', owner: 'ann' })
    expect(Date.parse(ci.expiresAt!)).toBeGreaterThan(Date.now())
    await shown.getByRole('button', { name: 'I have it' }).click()
    expect(await page.content()).not.toContain(secret)
    const url = `${new URL(page.url()).origin}/api/processes`
    const status = async (): Promise<number> => (await fetch(url, { headers: { authorization: `Bearer ${secret}` } })).status
    expect(await status()).toBe(200)
    // Of the same name there is one; that is said where it was asked for.
    await tokens.getByLabel('Name of the token').fill('ci')
    await tokens.getByRole('button', { name: 'Make a token' }).click()
    await tokens.getByText("cannot create the token 'ci': there is one of this name").waitFor()
    await tokens
      .getByRole('row', { name: /^ci operator ann/ })
      .getByRole('button', { name: 'Revoke ci…' })
      .click()
    await page.getByRole('dialog', { name: 'Revoke ci?' }).getByRole('button', { name: 'Keep it' }).click()
    expect(await status()).toBe(200)
    await tokens.getByRole('button', { name: 'Revoke ci…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await tokens.getByRole('row', { name: /^ci / }).waitFor({ state: 'detached' })
    expect(await status()).toBe(401)

    const hooks = page.getByRole('region', { name: 'Hooks', exact: true })
    await hooks.getByLabel('After what').fill('fail')
    await hooks.getByLabel('Command, URL or address').fill('echo noted')
    await hooks.getByRole('button', { name: 'Add a hook' }).click()
    await hooks.getByText("cannot read the trigger 'fail'").waitFor()
    await hooks.getByLabel('After what').fill('failed, crash-loop')
    await hooks.getByRole('button', { name: 'Add a hook' }).click()
    const hook = hooks.getByRole('row', { name: /^failed, crash-loop exec:echo noted/ })
    await hook.getByRole('button', { name: /^Test hook/ }).click()
    await page.locator('.toast.good', { hasText: 'Hook' }).waitFor()
    await hook.getByRole('button', { name: /^Delete hook/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await hook.waitFor({ state: 'detached' })
    expect(await t.here.json(['hooks'])).toEqual([])
  },
)

live(
  'who did what: by process, page by page, kept over a kill -9, and of others nothing for who may not',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    for (let i = 0; i < 24; i++) await t.here.ok(['set', 'web', '--nice', String(i % 5)])
    await t.here.ok(['start', '--name', 'hers', '--owner', 'ann', '--', program('waits.sh')])
    const page = await open({ at: '#/activity' })
    const audit = page.getByRole('region', { name: 'Who did what' })
    const rows = audit.locator('tbody tr')
    await audit.getByRole('link', { name: 'hers' }).waitFor()
    await t.killDaemon()
    await t.here.ok(['ls'])
    await page.locator('.banner').waitFor({ state: 'hidden' })
    await audit.getByLabel('Filter by process').fill('web')
    await audit.getByRole('link', { name: 'hers' }).waitFor({ state: 'detached' })
    expect(await rows.count()).toBe(20)
    await audit.getByRole('button', { name: 'Next' }).click()
    await audit.getByText('start defined').waitFor()
    expect(await rows.count()).toBe(5)
    expect(await audit.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true)
    await audit.getByRole('button', { name: 'Previous' }).click()
    await t.until(async () => (await rows.count()) === 20, 'the newest again')
    await audit.getByLabel('Filter by process').fill('nobody')
    await audit.getByText('Nothing was done to “nobody”.').waitFor()
    const viewer = await open({ at: '#/activity', role: 'viewer', owner: 'ann' })
    await viewer.locator('tbody tr').first().waitFor()
    expect(await viewer.locator('tbody tr').count()).toBe(1)
  },
)
