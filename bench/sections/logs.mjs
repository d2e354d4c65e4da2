// 1 GB of log through rotation at 10 MB: what it costs the daemon and the writer, and whether a line is lost.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { checkLines, generations, spewedNumber } from '../lib/log-check.mjs'
import { sizeOf } from '../lib/place.mjs'
import { cpuMs, end, identOf, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { begin, cleanEnv } from '../lib/run.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const BYTES = 1_000_000_000
const ROUNDS = 3
/** The command that starts the writer, and what a fresh daemon does once (V8 tidies up 8 to 10 s later), are no part of a log's cost. */
const SETTLE_MS = 15_000
/** $0 file to wait for  $1 the program  $2 bytes  $3 where it tells its times */
const ON_DEMAND = 'until [ -e "$0" ]; do sleep 0.05; done; exec "$1" spew "$2" "$3"'
const wallMs = (file) => {
  const [began, ended] = readFileSync(file, 'utf8').trim().split(' ').map(Number)
  return (ended - began) / 1e6
}

async function bareAppend(place, round) {
  const dir = place.sub('bare')
  const told = join(dir, 'told')
  const { child } = begin(
    ['sh', '-c', `exec "$0" spew ${BYTES} "$1" >> "$2"`, place.child, told, join(dir, 'out.log')],
    cleanEnv(),
  )
  const ident = identOf(child.pid)
  try {
    await until(() => sizeOf(told), `child >> file, round ${round}`, 120_000, 20)
    return wallMs(told)
  } finally {
    await end(ident)
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Everything that belongs to the log, unfinished archives under passing names too. */
const listing = (file) =>
  readdirSync(dirname(file))
    .filter((name) => name.startsWith(basename(file)))
    .map((name) => `${name} ${sizeOf(join(dirname(file), name))}`)
    .sort()
    .join('\n')

/** Rotation and compression go on after the last line; returns once nothing has changed for a while what the daemon had used by then. */
async function quiet(file, pid) {
  let before = ''
  let same = 0
  let used = null
  const still = async () => {
    const now = listing(file)
    same = now === before ? same + 1 : 0
    // Up to the last change: waiting for another one is idleness, which has a section of its own.
    if (same <= 1) used = { daemonMs: cpuMs(pid), helpersMs: identOf(pid).reapedCpuMs }
    before = now
    await sleep(2000)
    // Longer than any pause between two sweeps, and than a niced gzip waits for its turn.
    return same >= 5
  }
  await until(still, 'the logs stand still', 240_000)
  return used
}

async function supervised(place, round) {
  const ours = ptrack(place.sub('ptrack'))
  const told = join(place.dir, `told-${round}`)
  const go = join(place.dir, `go-${round}`)
  try {
    const daemon = await ours.up()
    // 1000 archives kept: a full gigabyte stays to be checked.
    ours.must(
      'start',
      '--name',
      'writer',
      '--log-max',
      '10M',
      '--log-keep',
      '1000',
      '--',
      '/bin/sh',
      '-c',
      ON_DEMAND,
      go,
      place.child,
      String(BYTES),
      told,
    )
    await sleep(SETTLE_MS)
    const cpu = cpuMs(daemon.pid)
    const reaped = identOf(daemon.pid).reapedCpuMs
    writeFileSync(go, '')
    await until(() => sizeOf(told), 'all is written', 240_000, 20)
    const childMs = wallMs(told)
    const file = ours.log('writer')
    const used = await quiet(file, daemon.pid)
    const daemonCpuMs = used.daemonMs - cpu
    const helperCpuMs = used.helpersMs - reaped
    const before = listing(file)
    const found = await checkLines(generations(file), spewedNumber)
    // A rotation under the reader's hands would look like a loss.
    if (listing(file) !== before) throw new Error(`the logs changed while they were checked:\n${before}\n${listing(file)}`)
    return { childMs, daemonCpuMs, helperCpuMs, found, liveMb: sizeOf(file) / 1024 / 1024 }
  } finally {
    await ours.down()
  }
}

export async function measure(place, said) {
  const bare = []
  const runs = []
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await bareAppend(place, round))
    runs.push(await supervised(place, round))
  }
  const floor = stats(bare)
  const wall = stats(runs.map((run) => run.childMs))
  said.fact('child >> file, 1 GB', floor.median, 'ms', { min: floor.min, max: floor.max, n: floor.n })
  said.fact('under ptrack, 1 GB', wall.median, 'ms', { min: wall.min, max: wall.max, n: wall.n })
  said.target('wall / child >> file', wall.median, 'ms', 1.1, { bound: floor.median, boundIs: 'child >> file' })
  const { median: cpu, ...cpuSpread } = stats(runs.map((run) => run.daemonCpuMs))
  said.target('daemon CPU per GB', cpu, 'ms', 100, cpuSpread)
  said.fact('helpers (gzip) CPU per GB', stats(runs.map((run) => run.helperCpuMs)).median, 'ms')
  const found = runs.map((run) => run.found)
  said.fact('generations of the log', Math.max(...found.map((f) => f.files)), 'files')
  // Rotation works in sweeps, so a fast writer may overshoot; but once it is silent the live file must be small again.
  said.target('live file once all is quiet', Math.max(...runs.map((run) => run.liveMb)), 'MB', 20)
  said.target('bytes lost or doubled', Math.max(...found.map((f) => Math.abs(BYTES - f.bytes))), 'bytes', 0)
  said.target('lines missing, repeated or broken', Math.max(...found.map((f) => f.missing + f.repeated + f.broken)), 'lines', 0, {
    files: found.at(-1).files,
  })
}
