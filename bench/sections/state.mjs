// Ten thousand processes known: what one change costs, and whether the daemon ever stops listening.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nowMs, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { wire } from '../lib/wire.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const KNOWN = 10_000
const CHANGES = 40

/** Finds the records in a saved state wherever its version keeps them: a list, or an object keyed by id. */
function recordsIn(state) {
  const isRecord = (value) => typeof value === 'object' && value !== null && 'definition' in value && 'id' in value
  for (const [key, value] of Object.entries(state)) {
    if (typeof value === 'object' && value !== null && Object.values(value).some(isRecord))
      return { key, list: Array.isArray(value), records: Object.values(value) }
  }
  throw new Error(`no records in the state; its keys are ${Object.keys(state)}`)
}

/** A state of so many ended jobs, made from one real record that the daemon itself wrote. */
async function grow(ours) {
  ours.run('run', '--name', 'job', '-d', '--', 'true')
  await until(() => ours.json('ls').find((view) => view.name === 'job' && view.endedAt), 'the job has ended', 20_000, 100)
  await ours.down()
  const file = join(ours.home, 'process-state.json')
  const state = JSON.parse(readFileSync(file, 'utf8'))
  const { key, list, records } = recordsIn(state)
  const many = Array.from({ length: KNOWN }, (_, i) => {
    const copy = structuredClone(records[0])
    copy.id = i.toString(16).padStart(copy.id.length, '0')
    copy.definition.name = `job-${i}`
    return copy
  })
  state[key] = list ? many : Object.fromEntries(many.map((record) => [record.id, record]))
  writeFileSync(file, JSON.stringify(state))
}

/** Asks again and again; the longest answer is how long the loop was busy with something else. */
function probe(connection) {
  const waits = []
  let going = true
  const done = (async () => {
    while (going) {
      waits.push((await connection.ask('daemon.status')).ms)
      await sleep(1)
    }
  })()
  return async () => {
    going = false
    await done
    return waits
  }
}

export async function measure(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  try {
    await ours.up()
    await grow(ours)
    const began = nowMs()
    await ours.up()
    said.fact('start of the daemon with 10,000 known', nowMs() - began, 'ms')
    const [asker, changer] = [await wire(ours.home), await wire(ours.home)]
    const status = async () => (await asker.ask('daemon.status')).result
    const { processes, stateBytes } = await status()
    if (processes !== KNOWN) throw new Error(`the daemon knows ${processes} of ${KNOWN}`)
    said.fact('size of the state', (stateBytes ?? 0) / 1e6, 'MB')

    const quiet = await (async () => {
      const stop = probe(asker)
      await sleep(2000)
      return stats(await stop())
    })()
    said.fact('answer while nothing happens, longest', quiet.max, 'ms', { n: quiet.n })

    const change = (i) => changer.ask('set', { targets: [`job-${i}`], changes: { description: `changed ${i}` } })
    // One after the other: each is on disk before it is answered, and costs one write.
    const before = await status()
    const stop = probe(asker)
    const times = []
    for (let i = 0; i < CHANGES; i++) times.push((await change(i)).ms)
    const single = await status()
    // All at once: they share their writes.
    await Promise.all(Array.from({ length: CHANGES }, (_, i) => change(CHANGES + i)))
    const together = await status()
    const waits = stats(await stop())
    const { median, ...spread } = stats(times)
    said.fact('one change until it is on disk', median, 'ms', spread)
    said.target('writes per change, one by one', (single.stateWrites - before.stateWrites) / CHANGES, 'writes', 1)
    said.target('writes per change, 40 at once', (together.stateWrites - single.stateWrites) / CHANGES, 'writes', 1)
    said.target('loop blocked, seen from outside, longest', waits.max, 'ms', 25, { n: waits.n, median: waits.median })
    if (typeof together.loopDelayMaxMs === 'number')
      said.target('loop blocked, told by the daemon, longest', together.loopDelayMaxMs, 'ms', 25)
    asker.close()
    changer.close()
  } finally {
    await ours.down()
  }
}
