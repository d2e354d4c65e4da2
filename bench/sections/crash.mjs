// kill -9 of a program that ran well for 10 s, to the first instruction of its successor.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sizeOf } from '../lib/place.mjs'
import { end, identOf, signal, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { begin, cleanEnv } from '../lib/run.mjs'
import { pm2 } from '../peers/pm2.mjs'
import { ptrack } from '../peers/ptrack.mjs'
import { supervisord } from '../peers/supervisord.mjs'

const ROUNDS = 12
const STABLE_MS = 10_200

/** [nanoseconds, pid] of every start that was noted. */
function startsIn(file) {
  if (sizeOf(file) === 0) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => line.split(' ').map(Number))
}

export async function measure(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  const peers = [pm2(place.sub('pm2')), supervisord(place.sub('supervisord'))].filter(Boolean)
  // A program for each round: only its first crash after a good while is to be measured, later ones meet a backoff.
  const stampOf = (name, round) => join(place.dir, name === 'bare' ? 'stamp-bare' : `stamp-${name}-${round}`)
  const programsOf = (name) =>
    Array.from({ length: ROUNDS }, (_, round) => ({ name: `stable${round}`, argv: [place.child, 'stamp', stampOf(name, round)] }))
  const bareFile = fileURLToPath(new URL('../peers/bare-node.mjs', import.meta.url))
  const bare = begin([process.execPath, bareFile, 'respawn', place.child, stampOf('bare')], cleanEnv(), [
    'pipe',
    'ignore',
    'inherit',
  ])
  const bareIdent = identOf(bare.child.pid)
  try {
    await ours.up()
    for (const { name, argv } of programsOf('ptrack')) ours.must('start', '--name', name, '--', ...argv)
    for (const peer of peers) {
      await peer.up()
      await peer.start(programsOf(peer.name)).done
    }
    const names = ['bare', 'ptrack', ...peers.map((peer) => peer.name)]
    for (const name of names) {
      for (let round = 0; round < ROUNDS; round++) {
        await until(() => sizeOf(stampOf(name, round)), `${name} has started program ${round}`)
      }
    }
    await sleep(STABLE_MS)

    const times = new Map(names.map((name) => [name, []]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of names) {
        // Uneven waits, so as not to fall in step with a supervisor that looks once a second.
        await sleep(200 + Math.random() * 300)
        const file = stampOf(name, round)
        const before = startsIn(file)
        const ident = identOf(before.at(-1)[1])
        const killedAt = process.hrtime.bigint()
        signal(ident)
        await until(() => startsIn(file).length > before.length, `${name} has restarted its program`, 30_000, 20)
        times.get(name).push((startsIn(file)[before.length][0] - Number(killedAt)) / 1e6)
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
