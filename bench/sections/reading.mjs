// 50 MB of log, most of it in compressed archives, read back: what that costs the daemon, and how long it answers nobody meanwhile.
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { generations } from '../lib/log-check.mjs'
import { sizeOf } from '../lib/place.mjs'
import { cpuMs, identOf, nowMs, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { begin, time } from '../lib/run.mjs'
import { wire } from '../lib/wire.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const BYTES = 50_000_000
const LINES = BYTES / 100
const ROUNDS = 3
/** Longer than the process that reads stays after its last page: its CPU counts once it has been reaped. */
const READER_ENDS_MS = 4000
const WAYS = [
  ['--since 1d', ['--since', '1d'], BYTES],
  ['-n 1000000', ['-n', '1000000'], BYTES],
  ['--grep of one line', ['--grep', `^${String(LINES / 2).padStart(12, '0')} `], 100],
]

/** The least that Node can do: unpack, find the lines. */
async function bareNode(files) {
  const before = process.cpuUsage()
  const began = nowMs()
  let lines = 0
  for (const file of files) {
    const stream = createReadStream(file)
    let rest = ''
    for await (const chunk of file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream) {
      const parts = (rest + chunk.toString('latin1')).split('\n')
      rest = parts.pop()
      lines += parts.length
    }
  }
  if (lines !== LINES) throw new Error(`bare Node found ${lines} lines`)
  const { user, system } = process.cpuUsage(before)
  return { ms: nowMs() - began, cpuMs: (user + system) / 1000 }
}

/** Longest time that a small request had to wait while `work` went on. */
async function longestWait(home, work) {
  const connection = await wire(home)
  let longest = 0
  let done = false
  const asking = (async () => {
    while (!done) {
      longest = Math.max(longest, (await connection.ask('list', { targets: ['all'] })).ms)
      await sleep(2)
    }
  })()
  await work()
  done = true
  await asking
  connection.close()
  return longest
}

export async function measure(place, said) {
  const ours = ptrack(place.sub('ptrack'))
  try {
    const daemon = await ours.up()
    const told = `${place.dir}/told`
    ours.must('start', '--name', 'writer', '--log-max', '12M', '--', place.child, 'spew', String(BYTES), told)
    await until(() => sizeOf(told), 'all is written', 120_000, 20)
    const file = ours.log('writer')
    await until(() => generations(file).every((each) => each === file || each.endsWith('.gz')), 'all is packed', 120_000, 200)
    await sleep(5000)
    const files = generations(file)
    said.fact('the log', files.length, 'files')
    const bare = []
    for (let round = 0; round < ROUNDS; round++) bare.push(await bareNode(files))
    const cat = time(
      ['sh', '-c', 'for f in "$@"; do case $f in *.gz) zcat "$f" ;; *) cat "$f" ;; esac; done | wc -c', 'sh', ...files],
      ours.env,
      true,
    )
    if (Number(cat.out) !== BYTES) throw new Error(`zcat and cat found ${cat.out} bytes`)
    said.fact('zcat and cat', cat.ms, 'ms')
    said.fact('bare Node', stats(bare.map(({ ms }) => ms)).median, 'ms')
    said.fact('bare Node, CPU', stats(bare.map((each) => each.cpuMs)).median, 'ms')
    for (const [what, options, bytes] of WAYS) {
      const runs = []
      for (let round = 0; round < ROUNDS; round++) {
        const cpu = cpuMs(daemon.pid)
        const reaped = identOf(daemon.pid).reapedCpuMs
        const { ms, out } = time(ours.argv('logs', 'writer', ...options), ours.env, true)
        if (out.length !== bytes) throw new Error(`${what} showed ${out.length} bytes`)
        const used = cpuMs(daemon.pid) - cpu
        await sleep(READER_ENDS_MS)
        runs.push({ ms, used, reader: identOf(daemon.pid).reapedCpuMs - reaped })
      }
      const { median, ...spread } = stats(runs.map(({ used }) => used))
      said.target(`daemon CPU, ${what}`, median, 'ms', 1000, spread)
      said.fact(`reader CPU, ${what}`, stats(runs.map(({ reader }) => reader)).median, 'ms')
      said.fact(`wall, ${what}`, stats(runs.map(({ ms }) => ms)).median, 'ms')
    }
    // By a client of its own: this process would wait for itself.
    const reading = () => begin(ours.argv('logs', 'writer', '--since', '1d'), ours.env).done
    said.fact('longest wait for `list` meanwhile', await longestWait(ours.home, reading), 'ms')
    said.fact('the same with nothing to read', await longestWait(ours.home, () => sleep(3000)), 'ms')
  } finally {
    await ours.down()
  }
}
