// Makes docs/pictures/dev.svg, dev-stop.svg, attach.svg and agents.svg: the real screens, in a tmux and with a daemon of their own.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'ptrack-pictures-'))
const shop = join(base, 'shop')
const bin = join(base, 'bin')
for (const dir of [shop, bin]) mkdirSync(dir)
writeFileSync(join(bin, 'ptrack'), `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/ptrack.js')}' "$@"\n`, {
  mode: 0o755,
})
symlinkSync(process.execPath, join(bin, 'node'))

const env = {
  PATH: `${bin}:${process.env.PATH}`,
  HOME: base,
  LANG: 'C.UTF-8',
  PTRACK_HOME: join(base, 'state'),
  PTRACK_HTTP: '0',
  PS1: '\\[\\e[1;32m\\]~/shop\\[\\e[0m\\] $ ',
}
const ptrack = (...args) =>
  execFileSync(join(bin, 'ptrack'), args, { cwd: shop, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
const tmux = (...args) =>
  execFileSync('tmux', ['-u', '-f', '/dev/null', '-S', join(base, 'tmux'), ...args], { cwd: shop, env, encoding: 'utf8' })
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function until(fact, what) {
  for (let tries = 0; tries < 200; tries++, await sleep(100)) if (fact()) return
  throw new Error(`waited in vain until ${what}`)
}
const screen = (name) => tmux('capture-pane', '-p', '-t', name)
const shows = (name, what) =>
  until(() => what.test(screen(name)), `${name} shows ${what}`).catch((cause) => {
    throw new Error(screen(name), { cause })
  })
function open(name, columns, rows) {
  tmux('new-session', '-d', '-s', name, '-x', String(columns), '-y', String(rows), 'bash', '--norc', '--noprofile')
  tmux('set-option', '-t', name, 'status', 'off')
}
const type = (name, text) => tmux('send-keys', '-t', name, text, 'Enter')
async function clear(name) {
  type(name, 'clear')
  await until(() => /^\S+ \$\s*$/.test(screen(name)), 'the screen is empty')
}
function draw(name, file) {
  const capture = tmux('capture-pane', '-e', '-p', '-t', name)
  const svg = execFileSync(process.execPath, [join(root, 'scripts/picture.mjs')], { input: capture, encoding: 'utf8' })
  writeFileSync(join(root, 'docs/pictures', file), svg)
  console.log(`docs/pictures/${file}: ${svg.length} bytes`)
}

// A web shop, as it is developed: servers that say what such servers say, a migration, and a worker that finds no queue at first.
writeFileSync(
  join(shop, 'api.mjs'),
  `import { createServer } from 'node:http'
createServer((_, reply) => reply.end('{}')).listen(process.env.PORT, '127.0.0.1', () => console.log('api listens, 14 routes'))
const paths = ['/items', '/items/7', '/cart', '/items?page=2', '/session']
let n = 0
setInterval(() => console.log('\\x1b[32m200\\x1b[0m GET ' + paths[n++ % paths.length] + ' \\x1b[2m' + (3 + (n * 7) % 21) + ' ms\\x1b[0m'), 700)
`,
)
writeFileSync(
  join(shop, 'web.mjs'),
  `import { createServer } from 'node:http'
const server = createServer((_, reply) => reply.end('<h1>shop</h1>'))
server.listen(0, '127.0.0.1', () => {
  console.log('\\x1b[32m\\x1b[1mVITE\\x1b[22m v7.2.4\\x1b[39m  ready in 212 ms')
  console.log('  \\x1b[32m➜\\x1b[39m  Local:   \\x1b[36mhttp://localhost:' + server.address().port + '/\\x1b[39m')
})
`,
)
writeFileSync(
  join(shop, 'worker.mjs'),
  `import { existsSync, writeFileSync } from 'node:fs'
if (!existsSync('queue')) {
  writeFileSync('queue', '')
  console.error("\\x1b[31mError\\x1b[0m: there is no queue 'orders'")
  process.exit(1)
}
console.log('takes orders from the queue')
let n = 4170
setInterval(() => console.log('order ' + ++n + ' packed'), 1600)
`,
)
writeFileSync(
  join(shop, 'ptrack.yaml'),
  `processes:
  migrate: { kind: job, command: "echo 3 migrations applied" }
  api: { command: node api.mjs, port: auto, after: migrate }
  web: { command: node web.mjs, after: api }
  worker: { command: node worker.mjs, after: migrate, restartDelay: 2s }
`,
)

async function dev() {
  open('dev', 84, 26)
  type('dev', 'clear; ptrack dev')
  await shows('dev', /worker started again/)
  await until(
    () =>
      screen('dev')
        .split('\n')
        .filter((line) => /order \d+ packed/.test(line)).length >= 2,
    'orders are packed',
  )
  draw('dev', 'dev.svg')
  tmux('send-keys', '-t', 'dev', 'r')
  await shows('dev', /restart 1 /)
  tmux('send-keys', '-t', 'dev', '2')
  await shows('dev', /web started again/)
  await shows('dev', /web ready at[^\n]*\n[\s\S]*web ready at|web +\| +.*Local/)
  await sleep(1500)
  tmux('send-keys', '-t', 'dev', 'C-c')
  await shows('dev', /\$\s*$/)
  draw('dev', 'dev-stop.svg')
}

async function attach() {
  ptrack('start', '--tty', '--name', 'repl', '--', 'python3', '-q')
  open('left', 92, 15)
  type('left', 'ptrack attach repl')
  // Draws the prompt anew, at the top.
  await until(() => {
    tmux('send-keys', '-t', 'left', 'C-l')
    return /^>>>/.test(screen('left'))
  }, 'the prompt is shown')
  for (const line of ['import statistics', 'prices = [12, 8, 31]', 'statistics.mean(prices)']) {
    type('left', line)
    await sleep(300)
  }
  await shows('left', /^17$/m)
  tmux('send-keys', '-t', 'left', 'C-\\')
  await shows('left', /runs on/)
  type('left', 'ptrack send repl "sorted(prices)"; ptrack logs repl -f -n 2')
  await shows('left', /\[8, 12, 31\]/)
  await sleep(500)
  draw('left', 'attach.svg')
}

/** What an agent sees and does: the answers of the tools, and beside it what a person sees. */
async function agents() {
  const server = spawn(join(bin, 'ptrack'), ['mcp', '--linger', '1s'], { cwd: shop, env, stdio: ['pipe', 'pipe', 'ignore'] })
  let said = ''
  server.stdout.on('data', (data) => (said += data))
  let id = 0
  const ask = async (method, params) => {
    server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })}\n`)
    const mine = id
    await until(() => said.split('\n').some((line) => line.startsWith(`{"jsonrpc":"2.0","id":${mine},`)), `${method} is answered`)
  }
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'claude-code', version: '2' } })
  const call = (name, args) => ask('tools/call', { name, arguments: args })
  await call('start', { name: 'api', command: 'node api.mjs', port: 'auto' })
  await call('start', { name: 'web', command: 'node web.mjs' })
  await call('run', { name: 'test', command: 'echo "Tests 42 passed"; exit 0' })
  open('agents', 92, 22)
  await clear('agents')
  type('agents', 'ptrack ls; ptrack logs test')
  await shows('agents', /42 passed/)
  server.stdin.end()
  await until(() => /stopped/.test(ptrack('ls')), 'they are stopped')
  type('agents', 'ptrack ls; ptrack why web')
  await shows('agents', /session \S+ ended[\s\S]*\$\s*$/)
  draw('agents', 'agents.svg')
}

try {
  const wanted = process.argv.slice(2)
  for (const [name, make] of Object.entries({ dev, agents, attach })) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    await make()
    ptrack('delete', 'all')
  }
} finally {
  tmux('kill-server')
  ptrack('daemon', 'stop', '--kill-children')
  rmSync(base, { recursive: true, force: true })
}
