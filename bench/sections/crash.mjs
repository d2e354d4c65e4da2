// kill -9 of a program that ran well for 10 s, to the first instruction of its successor.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sizeOf } from '../lib/place.mjs'
import { end, identOf, nowMs, signal, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { begin, cleanEnv } from '../lib/run.mjs'
import { pm2 } from '../peers/pm2.mjs'
import { ptrack } from '../peers/ptrack.mjs'
import { supervisord } from '../peers/supervisord.mjs'

const ROUNDS = 10
const STABLE_MS = 10_200

export async function measure(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  const peers = [pm2(place.sub('pm2')), supervisord(place.sub('supervisord'))].filter(Boolean)
  const stampOf = (name) => join(place.dir, `stamp-${name}`)
  const starts = (name) =>
    sizeOf(stampOf(name)) === 0
      ? []
      : readFileSync(stampOf(name), 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split(' ').map(Number))
  const bareFile = fileURLToPath(new URL('../peers/bare-node.mjs', import.meta.url))
  const bare = begin([process.execPath, bareFile, 'respawn', place.child, stampOf('bare')], cleanEnv(), [
    'pipe',
    'ignore',
    'inherit',
  ])
  const bareIdent = identOf(bare.child.pid)
  try {
    await ours.up()
    ours.must('start', '--name', 'stable', '--', place.child, 'stamp', stampOf('ptrack'))
    for (const peer of peers) {
      await peer.up()
      await peer.start([{ name: 'stable', argv: [place.child, 'stamp', stampOf(peer.name)] }]).done
    }
    const names = ['bare', 'ptrack', ...peers.map((peer) => peer.name)]
    for (const name of names) await until(() => sizeOf(stampOf(name)), `${name} has started its program`)

    const times = new Map(names.map((name) => [name, []]))
    for (let round = 0; round < ROUNDS; round++) {
      const youngest = Math.max(...names.map((name) => starts(name).at(-1)[0])) / 1e6
      // Uneven waits, so as not to fall in step with a supervisor that looks once a second.
      await sleep(Math.max(0, youngest + STABLE_MS - nowMs()) + Math.random() * 300)
      for (const name of names) {
        const before = starts(name)
        const ident = identOf(before.at(-1)[1])
        const killedAt = process.hrtime.bigint()
        signal(ident)
        await until(() => starts(name).length > before.length, `${name} has restarted its program`, 30_000, 20)
        times.get(name).push((starts(name)[before.length][0] - Number(killedAt)) / 1e6)
        await sleep(100)
      }
    }
    const floor = stats(times.get('bare'))
    for (const name of names) {
      const { median, ...spread } = stats(times.get(name))
      said.fact(`${name}: kill -9 to successor`, median, 'ms', spread)
    }
    said.target('ptrack / bare Node', stats(times.get('ptrack')).median, 'ms', 1.5, { bound: floor.median, boundIs: 'bare Node' })
  } finally {
    await ours.down()
    for (const peer of peers) await peer.down()
    bare.child.stdin.end()
    await Promise.race([bare.done, sleep(5000)])
    await end(bareIdent)
  }
}
