// What it costs to be there: CPU and memory of the daemon while nothing happens.
import { join } from 'node:path'
import { sizeOf } from '../lib/place.mjs'
import { cpuMs, memoryMb, nowMs, sleep, until } from '../lib/proc.mjs'
import { pm2 } from '../peers/pm2.mjs'
import { ptrack } from '../peers/ptrack.mjs'
import { supervisord } from '../peers/supervisord.mjs'

/**
 * After a start there is still work that is done once: their logs get watches, V8 tidies up, and programs that stay up are
 * noted as steady after 60 s. All that belongs to the start; here nothing happens any more.
 */
const SETTLE_MS = 75_000
/** Longer than the longest pause between two looks at resources. */
const WINDOW_MS = 65_000

/** Share of one core over the window, in percent, and memory at its end. */
async function watch(pid, windowMs = WINDOW_MS) {
  await sleep(SETTLE_MS)
  const cpu = cpuMs(pid)
  const began = nowMs()
  await sleep(windowMs)
  const percent = ((cpuMs(pid) - cpu) / (nowMs() - began)) * 100
  return { percent, ...memoryMb(pid) }
}

async function ours(place, said, { count, ports, windowMs, cpuTarget, pssTarget }) {
  const home = ptrack(place.sub('ptrack'))
  const label = `${count} programs${ports ? ' with a port each' : ''}`
  try {
    const daemon = await home.up()
    const counted = join(place.dir, `count-${count}-${ports}`)
    const options = ports ? ['--port', 'auto'] : []
    home.must(
      'start',
      '--name',
      'p',
      '--instances',
      String(count),
      ...options,
      '--',
      place.child,
      ports ? 'serve' : 'pause',
      counted,
    )
    await until(() => sizeOf(counted) >= count, 'all have started', 120_000)
    if (ports) await until(() => home.json('ls').every((view) => view.health === 'healthy'), 'all are healthy', 60_000, 2000)
    const { percent, pss, rss } = await watch(daemon.pid, windowMs)
    if (cpuTarget) said.target(`${label}: CPU`, percent, '% of a core', cpuTarget)
    else said.fact(`${label}: CPU`, percent, '% of a core')
    if (pssTarget) said.target(`${label}: PSS`, pss, 'MB', pssTarget)
    said.fact(`${label}: RSS`, rss, 'MB')
  } finally {
    await home.down()
  }
}

async function theirs(place, said, make, count) {
  const peer = make(place.sub(make.name))
  if (!peer) return
  try {
    await peer.up()
    const counted = join(place.dir, peer.name)
    await peer.start(Array.from({ length: count }, (_, i) => ({ name: `p${i}`, argv: [place.child, 'pause', counted] }))).done
    await until(() => sizeOf(counted) >= count, `all of ${peer.name} have started`, 180_000)
    // pm2 looks at its programs every 30 s: two looks.
    const { percent, pss } = await watch(peer.daemon().pid, 62_000)
    said.fact(`${peer.name}: ${count} programs: CPU`, percent, '% of a core')
    said.fact(`${peer.name}: ${count} programs: PSS`, pss, 'MB')
  } finally {
    await peer.down()
  }
}

const PARTS = {
  10: (place, said) => ours(place, said, { count: 10, ports: false, windowMs: 20_000, pssTarget: 60 }),
  1000: (place, said) => ours(place, said, { count: 1000, ports: false, cpuTarget: 0.35, pssTarget: 90 }),
  ports: (place, said) => ours(place, said, { count: 1000, ports: true, cpuTarget: 2 }),
  pm2: (place, said) => theirs(place, said, pm2, 1000),
  supervisord: (place, said) => theirs(place, said, supervisord, 1000),
}

export async function measure(place, said) {
  const asked = process.env.BENCH_IDLE?.split(',') ?? Object.keys(PARTS)
  for (const part of asked) {
    if (!PARTS[part]) throw new Error(`BENCH_IDLE names no part '${part}'; there are: ${Object.keys(PARTS).join(', ')}`)
    await PARTS[part](place, said)
  }
}
