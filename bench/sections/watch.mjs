// What the terminal view costs while a thousand processes change at once: its share of one core, in a real terminal (tmux).
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project, sizeOf } from '../lib/place.mjs'
import { cpuMs, identOf, memoryMb, nowMs, sleep, until } from '../lib/proc.mjs'
import { cleanEnv } from '../lib/run.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const COUNT = 1000
const WINDOW_MS = 20_000

/** Each tells of its progress every two seconds. */
const TELLS = `i=0; echo >> "$1"; while :; do i=$((i+1)); echo "::ptrack {\\"current\\":$i,\\"total\\":100000}"; sleep 2; done`

export async function measure(place, said) {
  const home = ptrack(place.sub('ptrack'))
  const socket = join(place.dir, 'tmux')
  const counted = join(place.dir, 'counted')
  const script = join(place.dir, 'tells.sh')
  writeFileSync(script, TELLS)
  const env = cleanEnv({ PTRACK_HOME: home.home, LANG: 'C.UTF-8', TERM: 'screen-256color', NO_COLOR: '' })
  const tmux = (...args) => spawnSync('tmux', ['-u', '-f', '/dev/null', '-S', socket, ...args], { env, encoding: 'utf8' }).stdout
  try {
    await home.up()
    // Without it the server would leave with the first view, just as the second one comes.
    tmux('new-session', '-d', '-s', 'holder', 'sh')
    home.must('start', '--name', 'p', '--instances', String(COUNT), '--', 'sh', script, counted)
    await until(() => sizeOf(counted) >= COUNT, 'all have started', 120_000)
    for (const [columns, rows] of [
      [80, 24],
      [200, 60],
    ]) {
      const session = `s${columns}`
      const command = `exec '${process.execPath}' '${project}/bin/ptrack.js' watch`
      tmux('new-session', '-d', '-s', session, '-x', String(columns), '-y', String(rows), 'sh', '-c', command)
      await until(() => tmux('capture-pane', '-p', '-t', session).includes(`Processes ${COUNT}`), 'the view shows them all')
      // The instances are one row until they are unfolded.
      tmux('send-keys', '-t', session, 'z')
      await sleep(3000)
      const view = identOf(
        Number(await until(() => tmux('display-message', '-p', '-t', session, '#{pane_pid}').trim(), 'its pid is known')),
      )
      const before = cpuMs(view.pid)
      const began = nowMs()
      await sleep(WINDOW_MS)
      const percent = ((cpuMs(view.pid) - before) / (nowMs() - began)) * 100
      said.target(`${columns}x${rows}, ${COUNT} processes that change every 2 s: CPU`, percent, '% of a core', 25)
      said.fact(`${columns}x${rows}: RSS`, memoryMb(view.pid).rss, 'MB')
      tmux('send-keys', '-t', session, 'q')
      await until(() => identOf(view.pid) === null, 'the view has left')
    }
  } finally {
    tmux('kill-server')
    await home.down()
  }
}
