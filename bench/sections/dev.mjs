// `ptrack dev` in a pipe: how soon a line is shown, what 50 MB/s of output cost, how long Ctrl-C takes; and `ptrack mcp`, until it answers.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuMs, identOf, isAlive, memoryMb, nowMs, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { cleanEnv, time } from '../lib/run.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const LINES = 100
const LINE_PAUSE_MS = 50
const MB_PER_S = 50
const FLOOD_MS = 10_000
const MEMBERS = 6
const ROUNDS = 7

/** Writes when it writes: the clock is the kernel's, the same for all processes. */
const TELLS = `let n = 0
const timer = setInterval(() => {
  console.log('at ' + process.hrtime.bigint())
  if (++n === ${LINES}) clearInterval(timer), setInterval(() => {}, 1e6)
}, ${LINE_PAUSE_MS})`

/** Paced by the clock, in lines of 100 bytes; what the pipe does not take at once is made up for. */
const FLOODS = `const line = Buffer.from('x'.repeat(99) + '\\n')
const piece = Buffer.concat(Array(5000).fill(line))
const began = process.hrtime.bigint()
let written = 0
const more = () => {
  const ms = Number(process.hrtime.bigint() - began) / 1e6
  if (ms > ${FLOOD_MS}) return void process.stdout.write('flood over ' + written + '\\n')
  if (written > ${MB_PER_S * 1000} * ms) return void setTimeout(more, 2)
  written += piece.length
  process.stdout.write(piece, more)
}
more()
setInterval(() => {}, 1e6)`

/** dev of this file, its output read as it comes. */
function dev(home, place, processes, onOutput) {
  const directory = place.sub('dev')
  writeFileSync(join(directory, 'ptrack.yaml'), JSON.stringify({ processes }))
  const [program, ...args] = home.argv('dev')
  const child = spawn(program, args, { cwd: directory, env: home.env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', onOutput)
  const errors = []
  child.stderr.on('data', (data) => errors.push(data))
  const over = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, errors: errors.join('') })))
  return { child, over }
}

async function ended({ child, over }) {
  child.kill('SIGINT')
  return over
}

async function lineShown(home, place, said) {
  const script = join(place.dir, 'tells.js')
  writeFileSync(script, TELLS)
  const late = []
  let rest = ''
  const run = dev(home, place, { tells: { command: [process.execPath, script] } }, (data) => {
    const now = process.hrtime.bigint()
    const lines = (rest + data).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const at = /at (\d+)$/.exec(line)?.[1]
      if (at) late.push(Number(now - BigInt(at)) / 1e6)
    }
  })
  await until(() => late.length >= LINES, 'all lines are shown')
  const { median, ...spread } = stats(late)
  said.target('a line that a program writes, until it is shown', median, 'ms', 50, spread)
  await ended(run)
}

async function flood(home, place, said) {
  const script = join(place.dir, 'floods.js')
  writeFileSync(script, FLOODS)
  let shown = 0
  let tail = ''
  const run = dev(home, place, { flood: { command: [process.execPath, script], logMax: '100M', logKeep: 10 } }, (data) => {
    shown += data.length
    tail = tail.slice(-200) + data.toString('latin1').slice(-200)
  })
  const daemon = await until(home.daemon, 'the daemon runs')
  await until(() => shown > 5_000_000, 'it has begun')
  const before = { cli: cpuMs(run.child.pid), daemon: cpuMs(daemon.pid), at: nowMs() }
  let [cli, mb] = [0, 0]
  while (!tail.includes('flood over')) {
    await sleep(200)
    cli = Math.max(cli, memoryMb(run.child.pid).rss)
    mb = Math.max(mb, memoryMb(daemon.pid).rss)
    if (nowMs() - before.at > 10 * FLOOD_MS) throw new Error('the end of the output is not shown')
  }
  const ms = nowMs() - before.at
  const share = (was, pid) => ((cpuMs(pid) - was) / ms) * 100
  const written = Number(/flood over (\d+)/.exec(tail)[1])
  said.fact('what it wrote', written / 1e6 / (FLOOD_MS / 1000), 'MB/s')
  said.target('shown of it', written / shown, 'x of what was written', 1, { note: 'names stand before the lines' })
  said.target(`${MB_PER_S} MB/s: CPU of dev`, share(before.cli, run.child.pid), '% of a core', 100)
  said.fact(`${MB_PER_S} MB/s: CPU of the daemon`, share(before.daemon, daemon.pid), '% of a core')
  said.target(`${MB_PER_S} MB/s: until all is shown, beyond the writing`, ms / FLOOD_MS, 'x', 1.2)
  said.target('RSS of dev, at most', cli, 'MB', 250)
  said.fact('RSS of the daemon, at most', mb, 'MB')
  await ended(run)
}

async function ctrlC(home, place, said) {
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    let shown = ''
    const processes = Object.fromEntries(
      Array.from({ length: MEMBERS }, (_, n) => [
        `p${n}`,
        { command: [place.child, 'pause', join(place.dir, 'c')], ...(n > 0 && { after: `p${n - 1}:started` }) },
      ]),
    )
    const run = dev(home, place, processes, (data) => (shown += data))
    await until(() => shown.split(' started (pid ').length > MEMBERS, 'all run')
    const pids = [...shown.matchAll(/started \(pid (\d+)\)/g)].map((match) => identOf(Number(match[1])))
    const began = nowMs()
    await ended(run)
    times.push(nowMs() - began)
    if (pids.some(isAlive)) throw new Error('something is alive after Ctrl-C')
  }
  const { median, ...spread } = stats(times)
  said.target(`Ctrl-C, until ${MEMBERS} programs in a chain and the command are gone`, median, 'ms', 1000, spread)
}

async function mcp(home, said) {
  const hello = `${JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
  })}\n`
  const [ours, bare] = [[], []]
  for (let round = -1; round < 15; round++) {
    const [program, ...args] = home.argv('mcp')
    const began = nowMs()
    const child = spawn(program, args, { env: home.env, stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdin.write(hello)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const ms = nowMs() - began
    child.stdin.end()
    await new Promise((resolve) => child.once('close', resolve))
    const floor = time([process.execPath, '-e', '0'], cleanEnv()).ms
    // The first round warms the page cache.
    if (round >= 0) {
      ours.push(ms)
      bare.push(floor)
    }
  }
  const { median, ...spread } = stats(ours)
  said.target('ptrack mcp, until it has answered', median, 'ms', 2, {
    bound: stats(bare).median,
    boundIs: 'node -e 0',
    ...spread,
  })
}

export async function measure(place, said) {
  const home = ptrack(place.sub('ptrack'))
  try {
    await home.up()
    await mcp(home, said)
    await lineShown(home, place, said)
    await ctrlC(home, place, said)
    await flood(home, place, said)
  } finally {
    await home.down()
  }
}
