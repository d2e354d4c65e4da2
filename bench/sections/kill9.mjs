// kill -9 of the daemon, and what its programs notice of it; then what a stop leaves behind.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sizeOf } from '../lib/place.mjs'
import { identOf, isAlive, nowMs, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const WRITERS = 10
const SILENT = 3
const CRASHES = 3
const FLEET = 1000

async function crashWithWriters(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  try {
    await ours.up()
    const counted = join(place.dir, 'silent')
    ours.must('start', '--name', 'writer', '--instances', String(WRITERS), '--', place.child, 'lines', '10')
    ours.must('start', '--name', 'silent', '--instances', String(SILENT), '--', place.child, 'pause', counted)
    const before = ours.json('ls')
    const idents = before.map((view) => identOf(view.pid))
    for (let crash = 0; crash < CRASHES; crash++) {
      await ours.crash()
      // Long enough for every writer to write on without a daemon.
      await sleep(1000)
      ours.json('ls')
    }
    const after = ours.json('ls')
    said.target(
      'programs lost by kill -9 of the daemon',
      idents.filter((ident) => !isAlive(ident)).length,
      `of ${idents.length}`,
      0,
    )
    said.target('programs started twice', place.children().length - idents.length, 'programs', 0)
    const samePid = after.filter((view) =>
      before.some((old) => old.name === view.name && old.pid === view.pid && old.run === view.run),
    )
    said.target('not known as the same run afterwards', before.length - samePid.length, 'programs', 0)
    ours.must('stop', 'all')
    let lost = 0
    for (const { name, pid } of before.filter((view) => view.name.startsWith('writer'))) {
      const lines = readFileSync(ours.log(name), 'utf8').trimEnd().split('\n')
      lines.forEach((line, number) => {
        if (line !== `${pid} ${number}`) lost++
      })
    }
    said.target('lines lost, doubled or torn', lost, 'lines', 0, { crashes: CRASHES })
  } finally {
    await ours.down()
  }
}

async function adoption(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  try {
    await ours.up()
    const counted = join(place.dir, 'fleet')
    ours.must('start', '--name', 'p', '--instances', String(FLEET), '--', place.child, 'pause', counted)
    await until(() => sizeOf(counted) >= FLEET, 'the fleet has started', 120_000)
    const times = []
    for (let crash = 0; crash < CRASHES; crash++) {
      await ours.crash()
      const began = nowMs()
      const views = ours.json('ls')
      times.push(nowMs() - began)
      const adopted = views.filter((view) => view.adopted && view.status === 'running').length
      if (adopted !== FLEET) throw new Error(`${adopted} of ${FLEET} adopted`)
    }
    const { median, ...spread } = stats(times)
    said.target('kill -9 with 1000, then `ls` until all are adopted', median, 'ms', 1000, spread)
    said.target('started twice among 1000', place.children().length - FLEET, 'programs', 0)
  } finally {
    await ours.down()
  }
}

async function stopFamily(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  const file = join(place.dir, 'family')
  try {
    await ours.up()
    ours.must('start', '--name', 'family', '--', place.child, 'family', file)
    const members = () => (sizeOf(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
    await until(() => members().length === 4, 'the family is complete')
    const idents = members().map((line) => ({ what: line.split(' ')[0], ident: identOf(Number(line.split(' ')[1])) }))
    const began = nowMs()
    ours.must('stop', 'family')
    said.fact('stop of a family of four', nowMs() - began, 'ms')
    const left = idents.filter(({ ident }) => ident && isAlive(ident)).map(({ what }) => what)
    said.target('survivors of stop (plain, setsid, double fork)', left.length, 'of 3', 0, { left })
  } finally {
    await ours.down()
  }
}

export async function measure(place, said) {
  await crashWithWriters(place, said)
  await adoption(place, said)
  await stopFamily(place, said)
}
