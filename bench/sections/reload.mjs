// Four instances of an unmodified server behind one port: reloads under load, short connections, CPU and memory, beside pm2 -i 4.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { project } from '../lib/place.mjs'
import { cpuMs, identOf, isAlive, memoryMb, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { begin, must, time } from '../lib/run.mjs'
import { pm2 } from '../peers/pm2.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const INSTANCES = 4
const RELOADS = 5
const ROUNDS = 3
/** The same number for each, so that what a program keeps of its work is comparable. */
const SHORT_REQUESTS = 20_000
const SHORT_CLIENTS = 8

/** Notes its pid, so that its CPU and memory can be read. */
const APP = `require('node:http').createServer((request, response) => {
  if (request.url === '/slow') setTimeout(() => response.end('0123456789'), 300)
  else response.end('0123456789')
}).listen(Number(process.env.PORT))
require('node:fs').writeFileSync(process.env.PIDS + '/' + process.pid, '')
`

/** The load generator of the tests, which counts each lost request by how it was lost. */
async function loadGenerator(dir) {
  const outfile = join(dir, 'load.mjs')
  await build({
    entryPoints: [join(project, 'test/support/load.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  })
  return (await import(pathToFileURL(outfile).href)).startLoad
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

async function contestant(place, name) {
  const dir = place.sub(name)
  const pids = join(dir, 'pids')
  mkdirSync(pids)
  const file = join(dir, 'app.js')
  writeFileSync(file, APP)
  const port = await freePort()
  const peer = name === 'ptrack' ? ptrack(dir) : pm2(dir)
  if (peer === null) return null
  const settings = { PORT: String(port), PIDS: pids }
  const live = () =>
    readdirSync(pids)
      .map((pid) => identOf(Number(pid)))
      .filter(isAlive)
  return {
    name,
    port,
    live,
    async up() {
      await peer.up()
      if (name === 'ptrack')
        peer.must(
          ...['start', '--name', 'web', '--socket', String(port), '--instances', String(INSTANCES)],
          ...['--env', `PIDS=${pids}`, '--', process.execPath, file],
        )
      else
        must(
          time(peer.argv('start', file, '--name', 'web', '-i', String(INSTANCES)), { ...peer.env, ...settings }, true),
          'pm2 start',
        )
      await until(() => live().length === INSTANCES, `${name} has its instances`)
    },
    /** Beside the clients, which are in this process. */
    reload: () => begin(peer.argv('reload', 'web'), { ...peer.env, ...settings }).done,
    supervisor: () => peer.daemon(),
    /** The supervisor's own part counts: where it passes connections on, it is most of the work. */
    processes: () => [peer.daemon(), ...live()],
    down: () => peer.down(),
  }
}

const pssOf = (processes) => processes.reduce((sum, { pid }) => sum + memoryMb(pid).pss, 0)
const cpuOf = (processes) => processes.reduce((sum, { pid }) => sum + cpuMs(pid), 0)

export async function measure(place, said) {
  const startLoad = await loadGenerator(place.dir)
  const all = [await contestant(place, 'ptrack'), await contestant(place, 'pm2')].filter(Boolean)
  const figures = new Map(
    all.map(({ name }) => [name, { lost: 0, answered: 0, reloads: [], short: [], cpu: [], memory: 0, supervisor: 0 }]),
  )
  try {
    for (const one of all) await one.up()
    for (const one of all) {
      const mine = figures.get(one.name)
      const load = startLoad({ host: '127.0.0.1', port: one.port })
      await sleep(500)
      for (let round = 0; round < RELOADS; round++) mine.reloads.push((await one.reload()).ms)
      await sleep(500)
      const { lost, answered } = await load.stop()
      mine.lost = Object.values(lost).reduce((sum, many) => sum + many, 0)
      mine.answered = Object.values(answered).reduce((sum, many) => sum + many, 0)
      for (const [how, many] of Object.entries(lost)) console.error(`${one.name} lost ${many}: ${how}`)
    }
    for (let round = 0; round < ROUNDS; round++)
      for (const one of all) {
        const mine = figures.get(one.name)
        const processes = one.processes()
        const cpuBefore = cpuOf(processes)
        const each = SHORT_REQUESTS / SHORT_CLIENTS
        const { ms } = must(
          await begin([place.child, 'fetch', String(one.port), String(each), String(SHORT_CLIENTS)]).done,
          'fetch',
        )
        mine.short.push((SHORT_REQUESTS / ms) * 1000)
        mine.cpu.push(((cpuOf(processes) - cpuBefore) / SHORT_REQUESTS) * 1000)
      }
    for (const one of all) {
      const mine = figures.get(one.name)
      mine.memory = pssOf(one.processes())
      mine.supervisor = pssOf([one.supervisor()])
    }
    tell(figures, said)
  } finally {
    for (const one of all) await one.down()
  }
}

function tell(figures, said) {
  for (const [name, { lost, answered, reloads, short, cpu, memory, supervisor }] of figures) {
    said.fact(`${name}: requests lost in ${RELOADS} reloads`, lost, '', { of: answered })
    const { median: ms, ...spread } = stats(reloads)
    said.fact(`${name}: a reload under load`, ms, 'ms', spread)
    const { median: rate, ...rates } = stats(short)
    said.fact(`${name}: short connections`, rate, '/s', rates)
    const { median: each, ...costs } = stats(cpu)
    said.fact(`${name}: CPU of a request, supervisor included`, each, 'us', costs)
    said.fact(`${name}: memory of all, supervisor included`, memory, 'MB', { supervisor })
  }
  const [ours, theirs] = [figures.get('ptrack'), figures.get('pm2')]
  said.target('requests lost in reloads', ours.lost, '', 0)
  if (theirs === undefined) return
  said.target('pm2 / ptrack: short connections', stats(theirs.short).median, '/s', 1 / 1.8, {
    bound: stats(ours.short).median,
    boundIs: 'ptrack',
  })
  said.target('ptrack / pm2: CPU of a request', stats(ours.cpu).median, 'us', 0.6, {
    bound: stats(theirs.cpu).median,
    boundIs: 'pm2',
  })
  said.target('ptrack / pm2: memory', ours.memory, 'MB', 1, { bound: theirs.memory, boundIs: 'pm2' })
}
