// What a person waits for: the CLI's listing, in turn with bare Node and the peers, each managing 200 programs.
import { join } from 'node:path'
import { sizeOf } from '../lib/place.mjs'
import { until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { cleanEnv, time } from '../lib/run.mjs'
import { pm2 } from '../peers/pm2.mjs'
import { ptrack } from '../peers/ptrack.mjs'
import { supervisord } from '../peers/supervisord.mjs'

const COUNT = 200
const ROUNDS = 25

export async function measure(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  const peers = [pm2(place.sub('pm2')), supervisord(place.sub('supervisord'))].filter(Boolean)
  try {
    await ours.up()
    const counted = join(place.dir, 'ours')
    ours.must('start', '--name', 'p', '--instances', String(COUNT), '--', place.child, 'pause', counted)
    await until(() => sizeOf(counted) >= COUNT, 'all of ours have started')
    for (const peer of peers) {
      const file = join(place.dir, peer.name)
      await peer.up()
      const starting = peer.start(
        Array.from({ length: COUNT }, (_, i) => ({ name: `p${i}`, argv: [place.child, 'pause', file] })),
      )
      await until(() => sizeOf(file) >= COUNT, `all of ${peer.name} have started`, 120_000)
      await starting.done
    }
    const seen = ours.json('ls').length
    if (seen !== COUNT) throw new Error(`ls shows ${seen} of ${COUNT}`)

    const cases = [
      { what: 'node -e 0', argv: [process.execPath, '-e', '0'], env: cleanEnv() },
      { what: 'ptrack ls', argv: ours.argv('ls'), env: ours.env },
      { what: 'ptrack ls --json', argv: ours.argv('ls', '--json'), env: ours.env },
      { what: 'ptrack ls p:0 --json', argv: ours.argv('ls', 'p:0', '--json'), env: ours.env },
    ]
    for (const peer of peers) {
      for (const args of peer.name === 'pm2' ? [['ls'], ['jlist']] : [['status']])
        cases.push({
          what: `${peer.argv()[0] === process.execPath ? 'pm2' : 'supervisorctl'} ${args.join(' ')}`,
          argv: peer.argv(...args),
          env: peer.env,
        })
    }
    const times = cases.map(() => [])
    // The first round warms the page cache and is not counted.
    for (let round = -1; round < ROUNDS; round++) {
      for (const [i, { argv, env }] of cases.entries()) {
        const { ms } = time(argv, env)
        if (round >= 0) times[i].push(ms)
      }
    }
    const measured = new Map(cases.map(({ what }, i) => [what, stats(times[i])]))
    const floor = measured.get('node -e 0')
    for (const [what, { median, ...spread }] of measured) said.fact(what, median, 'ms', spread)
    const against = (what, bound, boundIs, target) =>
      said.target(`${what} / ${boundIs}`, measured.get(what).median, 'ms', target, { bound: bound.median, boundIs })
    against('ptrack ls', floor, 'node -e 0', 2)
    if (measured.has('pm2 ls')) against('ptrack ls', measured.get('pm2 ls'), 'pm2 ls', 0.33)
    against('ptrack ls p:0 --json', floor, 'node -e 0', 1.6)
  } finally {
    await ours.down()
    for (const peer of peers) await peer.down()
  }
}
