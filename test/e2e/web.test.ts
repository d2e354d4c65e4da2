/** The page as a person uses it: in real Chromium, through real daemons and programs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import { act, go, live, row, titled, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'
import { load } from '../support/effort.ts'
import { atMost } from '../support/slow-machine.ts'

const { home, newContext, newPage, open } = useBrowser()

live('the life of a service and of a job, by clicks; the code is gone from the address', { timeout: 120_000 }, async () => {
  const t = await home()
  const page = await open()
  expect(page.url()).not.toContain('code')
  await titled(page, 'Processes · ptrack')
  await page.getByText('No processes yet.').waitFor()
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await row(page, 'web').getByText('running').waitFor()
  const first = (await t.ls('web'))!.pid
  await act(page, 'restart', 'web')
  await t.until(async () => (await t.ls('web'))!.pid !== first && (await t.ls('web'))!.status === 'running', 'it is restarted')
  await act(page, 'pause', 'web')
  await row(page, 'web').getByText('paused').waitFor()
  await act(page, 'resume', 'web')
  await row(page, 'web').getByText('running').waitFor()
  await act(page, 'stop', 'web')
  await row(page, 'web').getByText('stopped').waitFor()
  await act(page, 'start', 'web')
  await row(page, 'web').getByText('running').waitFor()
  await act(page, 'stop', 'web')
  await row(page, 'web').getByText('stopped').waitFor()
  // What cannot be taken back asks once more.
  await act(page, 'delete', 'web')
  await page.getByRole('dialog', { name: 'Delete web?' }).getByRole('button', { name: 'Keep it' }).click()
  expect(await t.ls('web')).toBeDefined()
  await act(page, 'delete', 'web')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await row(page, 'web').waitFor({ state: 'detached' })
  expect(await t.ls('web')).toBeUndefined()

  await t.here.ok(['run', '-d', '--name', 'work', '--', program('waits.sh')])
  await row(page, 'work').locator('progress.unknown').waitFor()
  await go(page, '#/overview')
  await page.locator('.works li[aria-label="work"] progress.unknown').waitFor()
  await go(page, '#/processes')
  await act(page, 'cancel', 'work')
  await row(page, 'work').getByText('cancelled').waitFor()
  await page.getByRole('button', { name: /^News: nothing went wrong/ }).click()
  await page.locator('.layer .work li', { hasText: 'work' }).getByRole('img', { name: 'Cancelled' }).waitFor()
  await page.keyboard.press('Escape')
  await go(page, '#/processes?status=attention')
  await page.getByText('None of 1 processes is like this.').waitFor()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await row(page, 'work').waitFor()
  expect(page.url()).toMatch(/#\/processes$/)
})

live(
  'every control of its page: reload, a signal, changes of its definition and of its number, an empty log',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const script = `trap 'echo got one' USR1; echo begun; while :; do sleep 3600 & wait $!; done`
    await t.here.ok(['start', '--name', 'web', '--max-memory', '1G', '--', 'sh', '-c', script])
    const page = await open()
    await go(page, '#/process/web/log')
    await page.locator('.line', { hasText: 'begun' }).waitFor()
    const signals = page.getByRole('combobox', { name: 'signal for web' })
    const send = page.getByRole('button', { name: 'send the signal to web' })
    expect(await send.isDisabled()).toBe(true)
    // The first is SIGHUP, which would end it: going through the list sends nothing.
    await signals.focus()
    await signals.press('ArrowDown')
    expect(await signals.inputValue()).toBe('SIGHUP')
    await signals.selectOption('SIGUSR1')
    await send.click()
    await page.locator('.line', { hasText: 'got one' }).waitFor()
    await page.getByRole('button', { name: 'Empty' }).click()
    await page.getByRole('dialog', { name: 'Empty the log of web?' }).getByRole('button', { name: 'Empty it' }).click()
    await page.getByText('Nothing has been written yet.').waitFor()
    expect((await t.here.ok(['logs', 'web'])).stdout).not.toContain('begun')
    const { pid: first, run } = (await t.ls('web'))!
    expect(run).toBe(1)
    await page.getByRole('button', { name: 'reload web' }).click()
    await t.until(async () => ![first, null].includes((await t.ls('web'))!.pid), 'it runs anew')
    await page.locator('.line', { hasText: 'begun' }).waitFor()

    await page.getByRole('button', { name: 'change web' }).click()
    const form = page.getByRole('dialog', { name: 'Change web' })
    const field = (word: string) => form.getByLabel(word, { exact: true })
    expect(await field('Max memory').inputValue()).toBe('1G')
    await field('Title').fill('The web')
    await field('Max memory').fill('none')
    await field('Restart').selectOption('on-failure')
    await field('Instances').fill('3')
    await form.getByText('Scheduling and retries').click()
    await field('Timeout').fill('2h')
    await form.getByRole('button', { name: 'Review changes' }).click()
    await form.getByRole('button', { name: 'Save', exact: true }).click()
    await form.waitFor({ state: 'detached' })
    const detail = await t.here.json<{ definition: object }[]>(['show', 'web'])
    expect(detail[0]!.definition).toMatchObject({
      title: 'The web',
      timeoutMs: 7_200_000,
      maxMemoryBytes: null,
      restart: 'on-failure',
    })
    await go(page, '#/processes')
    await page.getByRole('button', { name: 'web × 3 instances' }).click()
    for (const name of ['web', 'web:1', 'web:2']) await row(page, name).getByText('running').waitFor()
  },
)

live('a graceful pause is shown as pausing until its checkpoint; steps and progress are told', { timeout: 120_000 }, async () => {
  const t = await home()
  const tell = `echo '::ptrack {"progress":40,"message":"loading","step":{"id":"a","name":"first step","status":"running"}}'`
  await t.here.ok(['run', '-d', '--name', 'told', '--', 'sh', '-c', `${tell}; exec sleep 1000`])
  const page = await open()
  await row(page, 'told').getByText('40%').waitFor()
  await go(page, '#/process/told')
  await page.getByRole('list', { name: 'Steps' }).getByText('first step').waitFor()
  await page.getByText('loading').first().waitFor()
  const gate = join(t.dir, 'gate')
  await t.here.ok(['run', '-d', '--name', 'polite', '--', process.execPath, program('asks-at-checkpoints.mjs'), gate])
  await t.until(async () => (await t.here.ok(['logs', 'polite'])).stdout.includes('went on 1'), 'it has asked once')
  await go(page, '#/processes')
  await act(page, 'pause', 'polite')
  await row(page, 'polite').getByText('Running, pausing').waitFor()
  writeFileSync(gate, '')
  await row(page, 'polite').getByText('paused').waitFor()
  await act(page, 'resume', 'polite')
  await row(page, 'polite').getByText('running', { exact: false }).waitFor()
})

live(
  'kill -9 of the daemon: a banner, then everything again and no event lost; two tabs in step',
  {
    timeout: 120_000,
  },
  async () => {
    const t = await home()
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const page = await open()
    const other = await open({ context: page.context() })
    await row(page, 'web').getByText('running').waitFor()
    await t.here.ok(['restart', 'web'])
    await t.killDaemon()
    for (const each of [page, other]) await each.getByText('The daemon is away').waitFor()
    await titled(page, 'Away · Processes · ptrack')
    await page.getByText(/Last updated \d+s ago/).waitFor()
    await row(page, 'web').hover()
    expect(await page.getByRole('button', { name: 'stop web', exact: true }).isDisabled()).toBe(true)
    // The same address, with the same cookie.
    await t.here.ok(['ls'])
    for (const each of [page, other]) await each.locator('.banner').waitFor({ state: 'hidden' })
    await t.here.ok(['stop', 'web'])
    for (const each of [page, other]) await row(each, 'web').getByText('stopped').waitFor()
    await act(page, 'start', 'web')
    await row(other, 'web').getByText('running').waitFor()
    // A restart that is asked for loses none: what this tab heard of the present daemon is what the daemon tells.
    await go(page, '#/activity?all=1')
    const told = (await t.here.ok(['events', '--json', '--since', '0'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PtrackEvent)
      .filter(({ type }) => type !== 'healthCheck')
    // From the first event of the new daemon on, told before any tab was there, none is missing.
    expect(told[0]?.seq).toBe(1)
    await page.setViewportSize({ width: 1280, height: 4000 })
    await t.until(async () => {
      const seen = await page
        .locator('.event')
        .evaluateAll((all) => all.map((each) => Object.values((each as unknown as { dataset: object }).dataset).join(' ')))
      return told.every(({ seq, at }) => seen.includes(`${seq} ${at}`))
    }, 'every event of the new daemon is on the page')
    // A theme chosen in one tab is that of the other.
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Dark' }).click()
    await other.locator('html[data-theme="dark"]').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Log out' }).click()
    await other.getByText('the session has ended').waitFor()
  },
)

live('roles: a viewer sees no control, an operator those of what is its own', { timeout: 120_000 }, async () => {
  const t = await home()
  const token = (await t.here.ok(['token', 'create', 'ann', '--role', 'operator', '--owner', 'ann'])).stdout.trim()
  const { http } = t.daemon()!.file as { http: { port: number } }
  const body = JSON.stringify({ definition: { name: 'anns', command: ['sleep', '1000'], cwd: '/' } })
  const made = await fetch(`http://127.0.0.1:${http.port}/api/processes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
  expect(made.status).toBe(201)
  await t.here.ok(['start', '--name', 'roots', '--', program('waits.sh')])
  const viewer = await open({ role: 'viewer', owner: 'ann' })
  await row(viewer, 'anns').getByText('running').waitFor()
  expect(await viewer.locator('.row').count()).toBe(1)
  await row(viewer, 'anns').hover()
  await row(viewer, 'anns').getByRole('link', { name: 'log of anns' }).waitFor()
  expect(await viewer.locator('.row button').count()).toBe(0)
  expect(await viewer.getByRole('link', { name: 'Admin' }).count()).toBe(0)
  for (const [hash, there] of [
    ['#/process/anns', '.happened li'],
    ['#/process/anns/log', '.log-board'],
    ['#/running', 'h1'],
  ] as const) {
    await go(viewer, hash)
    await viewer.locator(there).first().waitFor()
    const controls = viewer.locator('main button:not([aria-pressed], [aria-label$="the lines"]), main select')
    expect({ hash, controls: await controls.allTextContents() }).toEqual({ hash, controls: [] })
  }
  // By hand it comes no further either.
  await go(viewer, '#/admin')
  await viewer.getByText('It takes an admin; you are a viewer.').first().waitFor()
  expect(await viewer.getByRole('button', { name: 'Make a token' }).isDisabled()).toBe(true)
  await go(viewer, '#/process/roots')
  await viewer.getByText('There is no such process.').waitFor()
  await go(viewer, '#/processes')
  const admin = await open()
  for (const name of ['roots', 'anns']) {
    await row(admin, name).hover()
    await admin.getByRole('button', { name: `stop ${name}`, exact: true }).waitFor()
  }
  const operator = await open({ role: 'operator', owner: 'ann' })
  await row(operator, 'anns').waitFor()
  expect(await operator.locator('.row').count()).toBe(1)
  await act(operator, 'stop', 'anns')
  await row(viewer, 'anns').getByText('stopped').waitFor()
  // A token works as a code does, in a browser that has none.
  const page = await newPage(await newContext())
  await page.goto(`http://127.0.0.1:${http.port}/#/process/anns`)
  await page.getByLabel(/Or a token/).fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel(/Or a token/).fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'anns' }).waitFor()
})

live(
  'names, messages, logs, metadata and results that are markup or escape sequences are text',
  {
    timeout: 120_000,
  },
  async () => {
    const t = await home()
    const evil = `<img src=x onerror="globalThis.hit=1"><script>globalThis.hit=1</script>`
    const script = [
      `printf '%s\\033]0;title\\007\\033[2J\\033[31mred\\033[0m\\n' "$EVIL"`,
      `printf '::ptrack {"message":"%s","progress":5,"result":{"<b>k</b>":"%s"},"step":{"id":"s","name":"%s"}}\\n' "$JEVIL" "$JEVIL" "$JEVIL"`,
      'exec sleep 1000',
    ].join('; ')
    const json = JSON.stringify(evil).slice(1, -1)
    await t.here.ok([
      'run',
      '-d',
      '--name',
      'evil',
      '--title',
      evil,
      '--description',
      evil,
      '--tag',
      '<i>t</i>',
      '--meta',
      `k=${evil}`,
      '--env',
      `EVIL=${evil}`,
      '--env',
      `JEVIL=${json}`,
      '--',
      'sh',
      '-c',
      script,
    ])
    await t.until(async () => (await t.ls('evil'))?.results === 1, 'its row is known')
    const page = await open()
    for (const hash of ['#/processes', '#/process/evil', '#/process/evil/runs', '#/running']) {
      await go(page, hash)
      await page.getByText(evil).first().waitFor()
    }
    await go(page, '#/process/evil/log')
    await page.locator('.line', { hasText: evil }).locator('.fg-1', { hasText: 'red' }).waitFor()
    await go(page, '#/process/evil/results')
    await page.getByRole('columnheader', { name: '<b>k</b>' }).waitFor()
    expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined()
    expect(await page.locator('main img, main script').count()).toBe(0)
  },
)

/** Tasks of the page that kept it from answering for longer than 50 ms, in ms. */
const longTasks = `
  globalThis.longTasks = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longTasks.push(Math.round(duration))
  }).observe({ type: 'longtask', buffered: true })
`

const PROCESSES = load(500, 250)
const LINES = load(50_000, 20_000)
live(
  'hundreds of processes that change at once, tens of thousands of lines: only what is seen is drawn',
  { timeout: 150_000 },
  async () => {
    const t = await home()
    await t.ok(['start', '--name', 'many', '--instances', String(PROCESSES), '--', 'sleep', '1000'], { timeoutMs: 90_000 })
    await t.here.ok(['run', '--name', 'lines', '--', 'seq', '1', String(LINES)])
    const context = await newContext()
    await context.addInitScript(longTasks)
    const page = await open({ context })
    const nodes = (): Promise<number> => page.locator('*').count()
    await page.getByRole('button', { name: new RegExp(`^All ${PROCESSES + 1}`) }).waitFor()
    await page.getByRole('button', { name: `many × ${PROCESSES} instances` }).click()
    await row(page, 'many:1').waitFor()
    expect(await page.locator('.row').count()).toBeLessThan(60)
    const perRow = await row(page, 'many:1').locator('*').count()
    expect(perRow).toBeLessThan(40)
    expect(await nodes()).toBeLessThan(2000)
    await page.getByLabel(/^Search/).fill(`many:${PROCESSES - 1}`)
    await row(page, `many:${PROCESSES - 1}`).waitFor()
    expect(await page.locator('.row').count()).toBe(1)
    await page.getByLabel(/^Search/).fill('')
    await go(page, '#/process/lines/log')
    await page.getByText('1,000 lines').waitFor()
    await page.locator('.text', { hasText: new RegExp(`^${LINES}$`) }).waitFor()
    expect(await page.locator('.line').count()).toBeLessThan(120)
    await page.getByLabel('Search the log').fill(String(LINES - 1))
    await page.getByText('1 of 1 hits').waitFor()
    await go(page, '#/processes')
    await t.ok(['stop', 'all'], { timeoutMs: 90_000 })
    await page.getByRole('button', { name: new RegExp(`^Ended ${PROCESSES + 1}`) }).waitFor()
    await go(page, '#/activity?all=1')
    await page.locator('.event').first().waitFor()
    expect(await nodes()).toBeLessThan(2000)
    // A page that reckons anew for each of hundreds of changes, or for each line, is stuck for many seconds.
    const read = (): Promise<number[]> => page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks)
    expect(Math.max(0, ...(await read()))).toBeLessThan(atMost(3000))
    // That they would have been seen: in a task of the page's own, since what is evaluated may count as none.
    await page.evaluate(() => {
      setTimeout(() => {
        const end = performance.now() + 200
        while (performance.now() < end);
      })
    })
    await t.until(async () => (await read()).some((ms) => ms >= 190), 'a long task is seen')
  },
)
