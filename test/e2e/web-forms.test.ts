/** The forms of the page: a new process, and a change with its difference; what is misread, overtaken or secret. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { focused, go, live, useBrowser } from '../support/browser.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const { home, open } = useBrowser()
const dialog = (page: Page): Locator => page.getByRole('dialog')
const field = (page: Page, word: string): Locator => dialog(page).getByLabel(word, { exact: true })
const press = (page: Page, name: string): Promise<void> => dialog(page).getByRole('button', { name, exact: true }).click()

async function change(page: Page, name: string): Promise<void> {
  await go(page, `#/process/${name}`)
  await page.getByRole('button', { name: `change ${name}`, exact: true }).click()
  await field(page, 'Title').waitFor()
}

const definitionOf = async (t: TestHome, name: string): Promise<Record<string, unknown>> => ({
  ...(await t.request('show', { targets: [name] }))[0]!.definition,
})

live('a process is started by the form, as the command line beside it starts it', { timeout: 120_000 }, async () => {
  const t = await home()
  const page = await open()
  await page.getByRole('button', { name: 'Start a process…' }).last().click()
  // Nothing is sent before it can be read.
  await press(page, 'Start')
  await dialog(page).getByText('write a name to call it by').waitFor()
  expect(await field(page, 'Name').evaluate((input) => input.matches(':focus'))).toBe(true)
  await field(page, 'Name').fill('web')
  await field(page, 'Command').fill(`sh -c 'echo "got $WORD"; exec sleep 1000'`)
  await field(page, 'Working directory').fill(t.dir)
  await field(page, 'Tags').fill('a b\nslow')
  await dialog(page).getByLabel('Find a field').fill('--stop-timeout')
  await field(page, 'Stop timeout').fill('soon')
  await dialog(page).getByLabel('Find a field').fill('')
  await field(page, 'Variables').fill("PATH=/usr/bin:/bin\nWORD=it's $5")
  await press(page, 'Start')
  // The folded section of what is wrong opens.
  await dialog(page).getByText('cannot read soon: it is not a duration').waitFor()
  await field(page, 'Stop timeout').fill('3s')
  const says = dialog(page).getByRole('region', { name: 'The same in words' }).locator('code')
  const [line, yaml] = (await says.allTextContents()) as [string, string]
  await press(page, 'Start')
  await page.getByRole('heading', { level: 1, name: 'web' }).waitFor()
  expect(await dialog(page).count()).toBe(0)
  await t.until(async () => (await t.here.ok(['logs', 'web'])).stdout.includes("got it's $5"), 'it has its variables')
  const made = await definitionOf(t, 'web')
  expect(made).toMatchObject({ cwd: t.dir, tags: ['a b', 'slow'], stopTimeoutMs: 3000, kind: 'service' })

  // The line, in a shell, makes the same under another name; so does the file.
  const same = ({ name: _name, metadata: _metadata, ...rest }: Record<string, unknown>) => rest
  const words = `ptrack() { '${process.execPath}' '${cliFile}' "$@"; }\n${line.replace('--name web', '--name shell')}`
  execFileSync('sh', ['-c', words], { env: t.env, cwd: t.dir, stdio: 'ignore' })
  expect(same(await definitionOf(t, 'shell'))).toEqual(same(made))
  await t.until(
    async () => (await t.here.ok(['logs', 'shell'])).stdout.includes("got it's $5"),
    'it has its variables there, too',
  )
  writeFileSync(join(t.dir, 'ptrack.yaml'), yaml.replace('  web:', '  file:').replace('version: 1', 'version: 1\nproject: other'))
  await t.here.ok(['up'])
  expect(same(await definitionOf(t, 'other/file'))).toEqual(same(made))

  // A name that is taken is said beside the name, and what was written is still there.
  await page.getByRole('button', { name: 'Start a process…' }).click()
  await field(page, 'Name').fill('web')
  await field(page, 'Command').fill('true')
  await field(page, 'Working directory').fill('/')
  await press(page, 'Start')
  await dialog(page).getByText("cannot define 'web': a process of this name exists").waitFor()
  expect(await field(page, 'Name').getAttribute('aria-invalid')).toBe('true')
  await field(page, 'Name').fill('once')
  await dialog(page).getByLabel('Find a field').fill('cron')
  await field(page, 'Cron').fill('whenever')
  await press(page, 'Start')
  await until(async () => (await field(page, 'Cron').getAttribute('aria-invalid')) === 'true', 'the schedule is wrong')
  expect((await t.ls('once')) ?? null).toBeNull()
})

live('a change: misread fields, the difference, when it takes effect; saved with a restart', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok([
    'start',
    '--name',
    'web',
    '--max-memory',
    '1G',
    '--ok-exit',
    '0,3',
    '--env',
    'SECRET=hunter2',
    '--env',
    'KEPT=kept-value',
    '--meta',
    'apiToken=ABCDEF-secret-9',
    '--',
    'sh',
    '-c',
    'echo "$SECRET $KEPT"; exec sleep 1000',
  ])
  const page = await open()
  await change(page, 'web')
  const { pid } = (await t.ls('web'))!
  await field(page, 'Max memory').fill('5 apples')
  await field(page, 'Ports').fill('80\n99999')
  await press(page, 'Review changes')
  // Each is said beside its field.
  for (const word of ['Max memory', 'Ports']) expect(await field(page, word).getAttribute('aria-invalid')).toBe('true')
  await dialog(page).getByText('cannot read 5 apples: it is not a size; write it like 512M, 1G or 100k').waitFor()
  await dialog(page).getByText('cannot read 99999: it is not a whole number in its range').waitFor()
  await press(page, 'Undo: Ports')
  // Another way to write the same is no change.
  await field(page, 'Max memory').fill('1024M')
  await dialog(page).getByText('Nothing is changed').waitFor()
  await field(page, 'Max memory').fill('2G')
  await field(page, 'Working directory').fill('/')
  await dialog(page).getByText('Metadata').click()
  expect(await field(page, 'Metadata').inputValue()).toBe('apiToken=***')
  await field(page, 'Metadata').fill('apiToken=***\nteam=shop')
  await field(page, 'New values of variables').fill('SECRET=new one')
  expect(await page.content()).not.toMatch(/hunter2|kept-value|secret-9/)
  await press(page, 'Review changes')
  const rows = dialog(page).getByRole('list', { name: 'What changes of web' }).getByRole('listitem')
  const texts = (await rows.allTextContents()).map((text) => text.replace(/\s+/g, ' '))
  expect(texts).toEqual([
    'maxMemory1G→2GTakes effect now',
    expect.stringMatching(/^cwd.*Takes effect after a restart$/),
    'metadataapiToken=***→apiToken=*** team=shopTakes effect now',
    'env.SECRETset→another valueTakes effect after a restart',
  ])
  await press(page, 'Save and restart')
  await dialog(page).waitFor({ state: 'detached' })
  await t.until(
    async () => (await t.here.ok(['logs', 'web'])).stdout.includes('new one kept-value'),
    'it runs with both variables',
  )
  expect((await t.ls('web'))!.pid).not.toBe(pid)
  expect(await definitionOf(t, 'web')).toMatchObject({
    maxMemoryBytes: 2 * 1024 ** 3,
    cwd: '/',
    okExit: [0, 3],
    metadata: { apiToken: 'ABCDEF-secret-9', team: 'shop' },
  })
})

live('who is overtaken sees what was changed meanwhile, and continues from there', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--title', 'Old', '--tag', 'a', '--', program('waits.sh')])
  const page = await open()
  await change(page, 'web')
  await field(page, 'Title').fill('Mine')
  await field(page, 'Restart').selectOption('never')
  await t.here.ok(['set', 'web', '--title', 'Theirs', '--tag', 'b'])
  await press(page, 'Review changes')
  await press(page, 'Save')
  await dialog(page).getByText('It was changed meanwhile, so nothing was saved.').waitFor()
  const meanwhile = dialog(page).getByRole('list', { name: 'What was changed meanwhile' }).getByRole('listitem')
  expect(await meanwhile.allTextContents()).toEqual(['titleOld→TheirsYou want Mine'])
  expect(await definitionOf(t, 'web')).toMatchObject({ title: 'Theirs', restart: 'always' })
  await press(page, 'Go on from the new values')
  const rows = dialog(page).getByRole('list', { name: 'What changes of web' }).getByRole('listitem')
  await rows.first().waitFor()
  expect((await rows.allTextContents()).map((text) => text.replace('Takes effect now', ''))).toEqual([
    'titleTheirs→Mine',
    'restartalways→never',
  ])
  await press(page, 'Back')
  // What others have changed and nobody touched here is as it is now.
  expect(await field(page, 'Tags').inputValue()).toBe('b')
  await press(page, 'Review changes')
  await press(page, 'Save')
  await dialog(page).waitFor({ state: 'detached' })
  expect(await definitionOf(t, 'web')).toMatchObject({ title: 'Mine', restart: 'never', tags: ['b'] })
})

live('what was saved before a later request failed is no change any more', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--port', '65535', '--no-wait', '--', program('waits.sh')])
  const page = await open()
  await change(page, 'web')
  await field(page, 'Title').fill('Saved')
  // A second instance would have the port after the last one.
  await field(page, 'Instances').fill('2')
  await press(page, 'Review changes')
  await press(page, 'Save')
  await dialog(page).getByText('65536 is beyond 65535').waitFor()
  expect(await field(page, 'Instances').getAttribute('aria-invalid')).toBe('true')
  expect((await definitionOf(t, 'web')).title).toBe('Saved')
  await dialog(page).getByText('1 change', { exact: true }).waitFor()
  await press(page, 'Undo: Instances')
  await field(page, 'Title').fill('Again')
  await press(page, 'Review changes')
  await press(page, 'Save')
  await dialog(page).waitFor({ state: 'detached' })
  expect((await definitionOf(t, 'web')).title).toBe('Again')
})

live('by keyboard alone; Escape asks before it throws anything away, and the focus returns', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const page = await open()
  await go(page, '#/process/web')
  const opener = page.getByRole('button', { name: 'change web', exact: true })
  await opener.focus()
  await page.keyboard.press('Enter')
  await field(page, 'Title').waitFor()
  // Nothing was changed: closed at once.
  await page.keyboard.press('Escape')
  await dialog(page).waitFor({ state: 'detached' })
  expect(await focused(page)).toBe('change web')
  await page.keyboard.press('Enter')
  await field(page, 'Title').focus()
  await page.keyboard.type('Typed')
  // Twice, as a browser would let it through: the second answers the question with keeping.
  await page.keyboard.press('Escape')
  await dialog(page).getByText('Throw away 1 change?').waitFor()
  expect(await focused(page)).toBe('Go on editing')
  await page.keyboard.press('Escape')
  expect(await field(page, 'Title').inputValue()).toBe('Typed')
  await field(page, 'Title').press('Control+Enter')
  await until(async () => (await focused(page)) === 'Save', 'the difference is shown')
  await page.keyboard.press('Enter')
  await dialog(page).waitFor({ state: 'detached' })
  expect(await focused(page)).toBe('change web')
  expect((await t.ls('web'))!.title).toBe('Typed')
  // And a new one, from find.
  await page.keyboard.press('Control+k')
  await page.keyboard.type('>start a')
  await page.keyboard.press('Enter')
  await field(page, 'Name').waitFor()
  await until(() => field(page, 'Name').evaluate((input) => input.matches(':focus')), 'its name is where one begins')
  await page.keyboard.type('typed')
  await field(page, 'Command').focus()
  await page.keyboard.type('sleep 1000')
  await page.keyboard.press('Tab')
  await page.keyboard.type('/')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'typed' }).waitFor()
  expect((await t.ls('typed'))!.command).toEqual(['sleep', '1000'])
})

live('a viewer has no form, an operator has those of its own', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const viewer = await open({ role: 'viewer', owner: (await t.ls('web'))!.owner, at: '#/process/web' })
  await viewer.getByRole('heading', { level: 1, name: 'web' }).waitFor()
  expect(await viewer.getByRole('button', { name: /^(change web|Start a process)/ }).count()).toBe(0)
  await viewer.keyboard.press('Control+k')
  await viewer.keyboard.type('>start a')
  await viewer.getByText('Nothing matches').waitFor()
  const ann = await open({ role: 'operator', owner: 'ann', at: '#/processes' })
  mkdirSync(join(t.dir, 'of-ann'))
  await ann.getByRole('button', { name: 'Start a process…' }).first().click()
  await field(ann, 'Name').fill('hers')
  await field(ann, 'Command').fill('sleep 1000')
  await field(ann, 'Working directory').fill(join(t.dir, 'of-ann'))
  await press(ann, 'Start')
  await ann.getByRole('heading', { level: 1, name: 'hers' }).waitFor()
  expect((await t.ls('hers'))!.owner).toBe('ann')
  await change(ann, 'hers')
  await press(ann, 'Close')
})
