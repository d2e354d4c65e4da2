// Makes docs/pictures/web-*.png: a daemon of its own, programs that show what there is, and a browser that looks.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

/** One of them crashes again and again, which `up` says by its exit code. */
function bringUp(file) {
  try {
    ptrack('up', '--timeout', '10s', '-f', file)
  } catch (error) {
    if (error.status !== 1) throw error
  }
}

const step = (id, name, status) => `echo '::ptrack {"step":{"id":"${id}","name":"${name}","status":"${status}"}}'; `
const train = `${step('load', 'load the data', 'done')}${step('fit', 'fit', 'running')}${step('check', 'check on the held-out set', 'pending')}i=0; while [ $i -lt 1500 ]; do i=$((i+1)); echo "::ptrack {\\"current\\":$i,\\"total\\":1500,\\"unit\\":\\"batches\\",\\"message\\":\\"loss 0.$((900-i/2))\\",\\"result\\":{\\"model\\":\\"m$((i%3))\\",\\"prompt\\":\\"p$((i%2))\\",\\"accuracy\\":0.$((520+(i%3)*90+(i%2)*120+(i*37)%60))}}"; sleep 0.1; done; ${step('fit', 'fit', 'done')}${step('check', 'check on the held-out set', 'done')}`
const chatty = `i=0; while :; do i=$((i+1)); printf '\\033[32mINFO\\033[0m GET /items/%d 200 \\033[2m%dms\\033[0m\\n' $i $((i%40)); [ $((i%9)) = 0 ] && printf '\\033[33mWARN\\033[0m slow query (%d ms)\\n' $((i*3)) >&2; [ $((i%61)) = 0 ] && printf 'ERROR upstream payments: 504 after 30000 ms\\n    at charge (/srv/shop/api/payments.js:42:11)\\n' >&2; sleep 0.05; done`
/** Well, then 503: a service that is there and does not work. */
const payments = `import http.server, os, time
began = time.time()
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if time.time() - began < 8 else 503)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answers).serve_forever()`
const mailer = `echo 'connecting to mail.internal:587' >&2; sleep 0.3; echo 'Error: 535 5.7.8 authentication failed: token expired' >&2; echo '    at SMTPConnection.auth (/srv/shop/mailer/smtp.js:88:13)' >&2; exit 1`
const idle = { command: 'sleep 100000' }

const PROJECTS = {
  shop: {
    processes: {
      db: idle,
      cache: idle,
      web: { command: 'exec python3 -m http.server "$$PORT" --bind 127.0.0.1', shell: true, port: 'auto', after: ['db'] },
      api: { command: ['sh', 'chatty.sh'], instances: 4, after: ['db', 'cache'] },
      payments: {
        command: ['python3', 'payments.py'],
        port: 18473,
        health: 'http://127.0.0.1:18473/healthz',
        after: ['db'],
      },
      mailer: { command: ['sh', 'mailer.sh'] },
      search: idle,
    },
  },
  ml: {
    processes: {
      'vector-db': idle,
      features: { command: ['sh', '-c', 'while :; do i=0; while [ $$i -lt 60000 ]; do i=$$((i+1)); done; sleep 0.4; done'] },
      notebook: idle,
      tokenize: { kind: 'job', command: 'sleep 2' },
      train: { kind: 'job', title: 'Train the ranker', command: ['sh', 'train.sh'], after: ['tokenize:done'] },
    },
  },
}

/** Long enough for samples of CPU and memory, for a service to turn unhealthy and for a few crashes. */
const LIVE_MS = 45_000

function fleet() {
  for (const [name, file] of Object.entries(PROJECTS)) {
    const dir = join(home, name)
    mkdirSync(dir)
    writeFileSync(join(dir, 'ptrack.yaml'), JSON.stringify(file))
    writeFileSync(join(dir, 'train.sh'), train)
    writeFileSync(join(dir, 'mailer.sh'), mailer)
    writeFileSync(join(dir, 'chatty.sh'), chatty)
    writeFileSync(join(dir, 'payments.py'), payments)
    bringUp(join(dir, 'ptrack.yaml'))
  }
  ptrack('limits', 'set', '--type', 'build', '1')
  for (const what of ['api', 'web', 'docs'])
    ptrack('run', '-d', '--name', `build-${what}`, '--type', 'build', '--', 'sleep', '400')
  ptrack('run', '-d', '--name', 'backup', '--', 'sleep', '600')
  ptrack('run', '-d', '--name', 'report', '--', 'true')
  ptrack('run', '-d', '--name', 'nightly-tests', '--timeout', '2s', '--', 'sleep', '60')
  ptrack(
    'run',
    '-d',
    '--name',
    'flaky-import',
    '--retries',
    '4',
    '--retry-initial',
    '4s',
    '--',
    'sh',
    '-c',
    'echo "GET https://data.internal/items: ECONNRESET" >&2; sleep 1; exit 7',
  )
  ptrack('run', '-d', '--name', 'deploy', '--', 'sh', '-c', 'echo "fatal: could not resolve host deploy.internal" >&2; exit 4')
}

const executablePath = ['chromium-headless-shell', 'chromium']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
async function picture(page, name) {
  // What has just happened is no part of the screen.
  await page.evaluate(() => {
    for (const close of document.querySelectorAll('.toast button:last-child')) close.click()
  })
  await page.locator('.toast').first().waitFor({ state: 'detached' })
  await page.screenshot({ path: join(root, `docs/pictures/web-${name}.png`) })
}
async function look(options, act) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
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
    await go('#/overview')
    await picture(page, 'overview')
    await go('#/processes?sel=shop/payments')
    await picture(page, 'list')
    await go('#/processes?status=attention')
    await picture(page, 'failures')
    await go('#/process/shop%2Fmailer')
    await page.locator('details').first().click()
    await picture(page, 'failed')
    await go('#/process/ml%2Ftrain')
    await picture(page, 'process')
    await go('#/process/flaky-import')
    await picture(page, 'attempts')
    await go('#/timeline?range=3m')
    await picture(page, 'timeline')
    await go('#/logs?of=shop/*&range=15m')
    await page.locator('.hist').waitFor()
    await page.waitForTimeout(1000)
    await picture(page, 'logs')
    await go('#/process/ml%2Ftrain/results')
    await picture(page, 'results')
    await go('#/process/ml%2Ftrain/charts')
    await page.getByRole('combobox', { name: 'and', exact: true }).selectOption('prompt')
    await picture(page, 'charts')
    await go('#/process/shop%2Fapi:0/log')
    await page.getByLabel('Search the log').fill('slow')
    await page.locator('mark').first().waitFor()
    await page.locator('.hist').waitFor()
    await picture(page, 'log')
    await go('#/process/shop%2Fapi:3')
    await page.getByRole('button', { name: 'change shop/api:3' }).click()
    await page.getByLabel('Title').waitFor()
    await picture(page, 'change')
    await page.keyboard.press('Escape')
    await go('#/running')
    await picture(page, 'running')
    await go('#/admin')
    await picture(page, 'admin')
  })
  await look({ colorScheme: 'dark' }, async (page, go) => {
    await go('#/processes?sel=shop/mailer')
    await picture(page, 'dark-list')
    await page.getByRole('button', { name: /^News/ }).click()
    await picture(page, 'dark-bell')
    await page.keyboard.press('Escape')
    await go('#/timeline?range=3m')
    await picture(page, 'dark-timeline')
    await go('#/process/shop%2Fapi:0/log')
    await page.locator('.log').click()
    await picture(page, 'dark-log')
  })
  await look({ viewport: { width: 390, height: 780 } }, async (page, go) => {
    await page.waitForTimeout(4000)
    await picture(page, 'phone')
    await go('#/process/ml%2Ftrain')
    await picture(page, 'phone-process')
  })
  const stranger = await browser.newPage({ viewport: { width: 1280, height: 760 } })
  await stranger.goto(new URL(ptrack('web')).origin)
  await stranger.getByLabel(/Or a token/).waitFor()
  await picture(stranger, 'login')
  await look({}, async (page) => {
    await page.locator('.need').first().waitFor()
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
