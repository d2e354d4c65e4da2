// Jobs: a long queue, short jobs beside bare Node, and what progress costs and how soon it is seen.
import { spawn } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuMs, nowMs, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { time } from '../lib/run.mjs'
import { wire } from '../lib/wire.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const MANY = 10_000
const SHORT = 400
const ROUNDS = 5
const UPDATES_S = 1000

const job = (name, command, more = {}) => ({
  definition: { name, kind: 'job', command, cwd: '/', ...more },
  env: { caller: { PATH: process.env.PATH }, set: {} },
  noWait: true,
})

/** Adds so many jobs, as fast as the daemon takes them; each answer means that it is on disk. */
async function addMany(connection, prefix, count, command) {
  for (let i = 0; i < count; i += 200)
    await Promise.all(
      Array.from({ length: Math.min(200, count - i) }, (_, n) => connection.ask('start', job(`${prefix}-${i + n}`, command))),
    )
}

/** Median of adding one job and of listing the first page, in turn. */
async function addAndList(ours, connection, prefix) {
  const adds = []
  const lists = []
  const shells = []
  for (let i = 0; i < 15; i++) {
    adds.push((await connection.ask('start', job(`${prefix}-${i}`, ['true']))).ms)
    lists.push((await connection.ask('list', { max: 50 })).ms)
    shells.push(time(ours.argv('ls', '--limit', '50'), ours.env, true).ms)
  }
  return { add: stats(adds), list: stats(lists), shell: stats(shells) }
}

async function queue(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  try {
    await ours.up()
    const connection = await wire(ours.home)
    const empty = await addAndList(ours, connection, 'first')
    const began = nowMs()
    await addMany(connection, 'ended', MANY, ['true'])
    said.fact('10,000 jobs added', nowMs() - began, 'ms')
    const status = async (name) => (await connection.ask('list', { status: [name], max: 1, all: true })).result.length
    await until(
      async () => !(await status('pending')) && !(await status('running')) && !(await status('starting')),
      'all jobs have ended',
      280_000,
      500,
    )
    said.fact('10,000 jobs added and done', nowMs() - began, 'ms')
    const ended = await addAndList(ours, connection, 'second')
    await connection.ask('limits.set', { global: 1 })
    await connection.ask('start', job('blocker', ['sleep', '1000']))
    await addMany(connection, 'queued', MANY, ['true'])
    const queued = await addAndList(ours, connection, 'third')
    for (const [what, unit] of [
      ['add', 'one job added'],
      ['list', 'first page of the list'],
      ['shell', '`ls --limit 50`'],
    ]) {
      said.fact(`${unit}, nothing known`, empty[what].median, 'ms', empty[what])
      said.fact(`${unit}, 10,000 ended`, ended[what].median, 'ms', ended[what])
      said.fact(`${unit}, 10,000 ended and 10,000 queued`, queued[what].median, 'ms', queued[what])
    }
    said.target('`ls --limit 50` with 10,000 ended / with none', ended.shell.median, 'ms', 1.3, {
      bound: empty.shell.median,
      boundIs: 'none',
    })
    connection.close()
  } finally {
    await ours.down()
  }
}

/** Bare Node, two at a time; `begin` spawns the n-th. */
function bareShort(begin) {
  return new Promise((resolve) => {
    const began = nowMs()
    let begun = 0
    let ended = 0
    const next = () => {
      if (begun === SHORT) return
      begin(begun++).once('exit', () => {
        ended++
        if (ended === SHORT) resolve(nowMs() - began)
        else next()
      })
    }
    next()
    next()
  })
}

const spawnTrue = () => spawn('true', { stdio: 'ignore', detached: true })

/** What makes an outcome outlive whoever started the job: the shell of src/adapters/recorder.ts, without any of ptrack around it. */
const RECORDER =
  'trap : HUP INT QUIT ABRT USR1 USR2 PIPE ALRM TERM; { (exec 2>&3 3>&-; exec "$@"); c=$?; echo $c 1<>"$0"; } 3>&2 2>/dev/null; exit $c'

/** The least that a Node program can do for the same result: what each printed and how it ended are in files, whoever dies. */
const spawnRecorded = (dir) => (n) => {
  const record = join(dir, `${n}.exit`)
  writeFileSync(record, '   \n')
  const log = openSync(join(dir, `${n}.log`), 'a')
  try {
    return spawn('/bin/sh', ['-c', RECORDER, record, '/bin/true'], { stdio: ['ignore', log, log], detached: true })
  } finally {
    closeSync(log)
  }
}

async function throughput(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  const bare = []
  const recorded = []
  const mine = []
  try {
    await ours.up()
    const connection = await wire(ours.home)
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await bareShort(spawnTrue))
      recorded.push(await bareShort(spawnRecorded(place.sub(`recorded-${round}`))))
      await connection.ask('limits.set', { global: 1 })
      await connection.ask('start', job(`gate-${round}`, ['sleep', '1000']))
      await addMany(connection, `short-${round}`, SHORT, ['true'])
      const before = cpuMs(ours.daemon().pid)
      const began = nowMs()
      await connection.ask('limits.set', { global: 2 })
      await connection.ask('cancel', { targets: [`gate-${round}`], noWait: true })
      await until(
        async () => {
          const { queued, live } = (await connection.ask('limits.get')).result
          return queued === 0 && live === 0
        },
        'the short jobs are done',
        120_000,
        10,
      )
      mine.push(nowMs() - began)
      said.fact('CPU of the daemon per short job', (cpuMs(ours.daemon().pid) - before) / SHORT, 'ms')
    }
    connection.close()
  } finally {
    await ours.down()
  }
  const [floor, shells, own] = [stats(bare), stats(recorded), stats(mine)]
  said.fact(`bare Node: ${SHORT} short jobs, two at a time`, floor.median, 'ms', floor)
  said.fact(`bare Node: the same under the recorder, with a log each`, shells.median, 'ms', shells)
  said.fact('bare Node: what the recorder and a log cost', shells.median / floor.median, 'x')
  said.fact('ptrack / bare Node under the recorder, with a log each', own.median / shells.median, 'x')
  // At least 70 % of the throughput is at most 1 / 0.7 of the time.
  said.target(`ptrack: ${SHORT} short jobs, two at a time`, own.median, 'ms', 1.43, {
    bound: floor.median,
    boundIs: 'bare Node',
  })
}

async function progress(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  try {
    await ours.up()
    const teller = await wire(ours.home)
    const seen = new Map()
    const watcher = await wire(ours.home, ({ method, params }) => {
      if (method === 'event' && params.event.type === 'progress') seen.set(params.event.progress.current, nowMs())
    })
    await watcher.ask('subscribe', { filter: { types: ['progress'] } })
    const { id, runId } = (await teller.ask('track.start', { definition: { name: 'told' }, hold: true })).result
    const tell = (current) => teller.ask('track.update', { who: { id, runId }, update: { current, total: 1e9 } })
    const waits = []
    for (let i = 1; i <= 60; i++) {
      const began = nowMs()
      await tell(i)
      await until(() => seen.has(i), 'the watcher has seen it', 5000, 1)
      waits.push(seen.get(i) - began)
      await sleep(100)
    }
    said.target('a progress update until a watcher has it, median', stats(waits).median, 'ms', 5, {
      max: stats(waits).max,
      min: stats(waits).min,
      n: waits.length,
    })
    const { pid } = ours.daemon()
    const before = cpuMs(pid)
    const began = nowMs()
    let sent = 0
    while (nowMs() - began < 10_000) {
      const due = Math.floor(((nowMs() - began) * UPDATES_S) / 1000)
      for (; sent < due; sent++) void tell(1000 + sent)
      await sleep(2)
    }
    await tell(1000 + sent)
    said.target(
      `CPU with ${UPDATES_S} updates a second, one watcher`,
      ((cpuMs(pid) - before) / (nowMs() - began)) * 100,
      '%',
      30,
      { updates: sent },
    )
    await until(() => seen.has(1000 + sent), 'the last update is seen', 5000, 1)
    teller.close()
    watcher.close()
  } finally {
    await ours.down()
  }
}

export async function measure(place, said) {
  await throughput(place, said)
  await progress(place, said)
  if (!process.env.BENCH_NO_QUEUE) await queue(place, said)
}
