// A thousand programs from one command: until all of them have run their first instruction, and until none is left.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sizeOf } from '../lib/place.mjs'
import { end, identOf, nowMs, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { begin, cleanEnv, must } from '../lib/run.mjs'
import { pm2 } from '../peers/pm2.mjs'
import { ptrack } from '../peers/ptrack.mjs'
import { supervisord } from '../peers/supervisord.mjs'

const COUNT = 1000
const ROUNDS = 5

async function bareFleet(place, round) {
  const counted = join(place.dir, `bare-${round}`)
  const file = fileURLToPath(new URL('../peers/bare-node.mjs', import.meta.url))
  const { child, done } = begin(
    [process.execPath, file, 'fleet', place.child, String(COUNT), counted, place.sub(`bare-logs-${round}`)],
    cleanEnv(),
    ['pipe', 'pipe', 'inherit'],
  )
  const ident = identOf(child.pid)
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  try {
    await until(() => sizeOf(counted) >= COUNT, 'the bare fleet has started', 120_000, 2)
    const endedAt = nowMs()
    await until(() => said.includes('\n'), 'the bare fleet told its times')
    // From the first spawn: Node's own start is no part of the floor.
    return endedAt - Number(said.split(' ')[0]) / 1e6
  } finally {
    child.stdin.end()
    await Promise.race([done, sleep(30_000)])
    await end(ident)
  }
}

// A daemon, and a directory, of its own for each round: files that were deleted a moment ago make ext4 create the next ones
// many times slower, which says nothing of whoever creates them.
async function ourFleet(place, round) {
  const ours = ptrack(place.sub(`ptrack-${round}`))
  try {
    await ours.up()
    return await fleetOf(place, ours, round)
  } finally {
    await ours.down()
  }
}

async function fleetOf(place, ours, round) {
  const counted = join(place.dir, `ours-${round}`)
  const starting = begin(
    ours.argv('start', '--name', `r${round}`, '--instances', String(COUNT), '--', place.child, 'pause', counted),
    ours.env,
  )
  await until(() => sizeOf(counted) >= COUNT, 'our fleet has started', 120_000, 2)
  const startMs = nowMs() - starting.began
  const answered = must(await starting.done, 'ptrack start')
  const stopping = must(await begin(ours.argv('stop', `r${round}:*`), ours.env).done, 'ptrack stop')
  const left = place.children().length
  if (left) throw new Error(`${left} programs live after stop said that they ended`)
  return { startMs, answeredMs: answered.ms, stopMs: stopping.ms }
}

export async function measure(place, said) {
  const bare = []
  const fleets = []
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await bareFleet(place, round))
    fleets.push(await ourFleet(place, round))
  }
  const floor = stats(bare)
  said.fact('bare Node: 1000 started', floor.median, 'ms', { min: floor.min, max: floor.max, n: floor.n })
  for (const [what, key] of [
    ['ptrack: start command answered', 'answeredMs'],
    ['ptrack: 1000 started', 'startMs'],
  ]) {
    const { median, ...spread } = stats(fleets.map((fleet) => fleet[key]))
    said.fact(what, median, 'ms', spread)
  }
  said.target('1000 starts / bare Node', stats(fleets.map((fleet) => fleet.startMs)).median, 'ms', 1.35, {
    bound: floor.median,
    boundIs: 'bare Node',
  })
  const { median: stopMs, ...stopSpread } = stats(fleets.map((fleet) => fleet.stopMs))
  said.target('1000 stopped, nothing left', stopMs, 'ms', 1500, stopSpread)

  for (const make of [pm2, supervisord]) {
    const peer = make(place.sub(make.name))
    if (!peer) continue
    try {
      const counted = join(place.dir, peer.name)
      await peer.up()
      const starting = peer.start(
        Array.from({ length: COUNT }, (_, i) => ({ name: `p${i}`, argv: [place.child, 'pause', counted] })),
      )
      await until(() => sizeOf(counted) >= COUNT, `the fleet of ${peer.name} has started`, 180_000, 2)
      said.fact(`${peer.name}: 1000 started`, nowMs() - starting.began, 'ms')
      await starting.done
    } finally {
      const began = nowMs()
      await peer.down()
      said.fact(`${peer.name}: all stopped, daemon too`, nowMs() - began, 'ms')
    }
  }
}
