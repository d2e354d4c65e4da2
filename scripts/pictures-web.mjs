// Makes docs/pictures/web-*.png: a daemon of its own, programs that show what there is, and a browser that looks.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'ptrack-pictures-'))
const ptrack = (...args) =>
  execFileSync(process.execPath, [join(root, 'bin/ptrack.js'), ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH, HOME: home, PTRACK_HOME: join(home, 'state'), PTRACK_HTTP: '0' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

const step = (id, name, status) => `echo '::ptrack {"step":{"id":"${id}","name":"${name}","status":"${status}"}}'; `
const train = `${step('load', 'load the data', 'done')}${step('fit', 'fit', 'running')}${step('check', 'check on the held-out set', 'pending')}i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo "::ptrack {\\"current\\":$i,\\"total\\":400,\\"unit\\":\\"batches\\",\\"message\\":\\"loss 0.$((900-i*2))\\",\\"result\\":{\\"model\\":\\"m$((i%3))\\",\\"prompt\\":\\"p$((i%2))\\",\\"accuracy\\":0.$((520+(i%3)*90+(i%2)*120+(i*37)%60))}}"; sleep 0.1; done; ${step('fit', 'fit', 'done')}${step('check', 'check on the held-out set', 'done')}`
const chatty = `i=0; while :; do i=$((i+1)); printf '\\033[32m200\\033[0m GET /items/%d \\033[2m%dms\\033[0m\\n' $i $((i%40)); [ $((i%9)) = 0 ] && printf '\\033[33mwarn\\033[0m slow query\\n' >&2; sleep 0.05; done`

/** Long enough for samples of CPU and memory, which come every 3 s while somebody looks. */
const LIVE_MS = 20_000

function fleet() {
  writeFileSync(join(home, 'train.sh'), train)
  ptrack('start', '--name', 'web', '--port', 'auto', '--', 'sh', '-c', 'exec python3 -m http.server "$PORT" --bind 127.0.0.1')
  ptrack('start', '--name', 'api', '--tag', 'edge', '--', 'sh', '-c', chatty)
  ptrack('start', '--name', 'flaky', '--no-wait', '--', 'sh', '-c', 'echo "cannot reach the database" >&2; sleep 1; exit 3')
  ptrack('start', '--name', 'worker', '--instances', '24', '--', 'sleep', '1000')
  ptrack(
    'run',
    '-d',
    '--name',
    'train',
    '--title',
    'Train the model',
    '--type',
    'benchmark',
    '--cwd',
    home,
    '--',
    'sh',
    'train.sh',
  )
  ptrack('run', '-d', '--name', 'backup', '--', 'sleep', '300')
  ptrack('limits', 'set', '--type', 'build', '1')
  for (const n of [1, 2]) ptrack('run', '-d', '--name', `build-${n}`, '--type', 'build', '--', 'sleep', '200')
  ptrack('run', '-d', '--name', 'report', '--', 'true')
  ptrack('start', '--name', 'mailer', '--max-restarts', '2', '--no-wait', '--', 'sh', '-c', 'echo "no route to host" >&2; exit 2')
  ptrack('run', '-d', '--name', 'nightly-tests', '--timeout', '2s', '--', 'sleep', '60')
  ptrack('run', '-d', '--name', 'deploy', '--', 'sh', '-c', 'echo "no such host" >&2; exit 4')
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const picture = (page, name) => page.screenshot({ path: join(root, `docs/pictures/web-${name}.png`) })
async function look(options, act) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, ...options })
  const page = await context.newPage()
  await page.goto(ptrack('web'))
  await page.waitForSelector('header.top')
  await act(page, async (hash) => {
    await page.evaluate((to) => {
      location.hash = to
    }, hash)
    await page.waitForTimeout(800)
  })
  await context.close()
}
try {
  await look({}, (page) => picture(page, 'empty'))
  fleet()
  await look({}, async (page, go) => {
    await page.waitForTimeout(LIVE_MS)
    await picture(page, 'list')
    await page.getByRole('button', { name: /^failed/ }).click()
    await page.waitForTimeout(300)
    await picture(page, 'failures')
    await go('#/process/mailer')
    await page.locator('details').first().click()
    await picture(page, 'failed')
    await go('#/process/train')
    await picture(page, 'process')
    await go('#/process/train/results')
    await picture(page, 'results')
    await go('#/process/train/charts')
    await page.getByRole('combobox', { name: 'and', exact: true }).selectOption('prompt')
    await picture(page, 'charts')
    await go('#/process/api/log')
    await page.getByLabel('Search the log').fill('warn')
    await page.getByRole('button', { name: 'Follow' }).waitFor()
    await picture(page, 'log')
    await go('#/process/worker:3')
    await page.getByRole('button', { name: 'change worker:3' }).click()
    await page.getByLabel('Title').waitFor()
    await picture(page, 'change')
    await page.keyboard.press('Escape')
    await go('#/running')
    await picture(page, 'running')
    await go('#/admin')
    await picture(page, 'admin')
  })
  await look({ colorScheme: 'dark' }, async (page, go) => {
    await page.getByRole('button', { name: /^Jobs/ }).click()
    await page.waitForTimeout(4000)
    await picture(page, 'dark-bell')
    await page.keyboard.press('Escape')
    await go('#/process/api/log')
    await page.locator('.log').click()
    await picture(page, 'dark-log')
  })
  await look({ viewport: { width: 390, height: 780 } }, async (page, go) => {
    await page.waitForTimeout(4000)
    await picture(page, 'phone')
    await go('#/process/train')
    await picture(page, 'phone-process')
  })
  const stranger = await browser.newPage({ viewport: { width: 1280, height: 760 } })
  await stranger.goto(new URL(ptrack('web')).origin)
  await stranger.getByLabel(/Or a token/).waitFor()
  await picture(stranger, 'login')
  await look({}, async (page) => {
    await page.waitForSelector('.row')
    ptrack('daemon', 'stop')
    await page.getByText('The daemon is away').waitFor()
    await page.waitForTimeout(3000)
    await picture(page, 'away')
  })
} finally {
  await browser.close()
  ptrack('daemon', 'stop', '--kill-children')
  ptrack('delete', 'all', '--purge')
  ptrack('daemon', 'stop')
  rmSync(home, { recursive: true, force: true })
}
