// The floor: the least that a Node program can do for the same result. Run as a program of its own, so that the
// harness's own work does not weigh on it.
//   node bare-node.mjs respawn CHILD FILE      spawns `CHILD stamp FILE` again as soon as it has exited
//   node bare-node.mjs fleet CHILD N FILE DIR  spawns N `CHILD pause FILE`, each with a log file of its own; prints when all have been spawned
// Both end their children when stdin closes.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

const [mode, child, ...rest] = process.argv.slice(2)
const live = new Set()
let ending = false

function start(args, stdio, onExit) {
  const made = spawn(child, args, { stdio, detached: true })
  live.add(made)
  made.once('exit', () => {
    live.delete(made)
    if (ending && live.size === 0) process.exit(0)
    if (!ending) onExit()
  })
}

if (mode === 'respawn') {
  const again = () => start(['stamp', rest[0]], 'ignore', again)
  again()
} else {
  const [count, file, dir] = rest
  const began = process.hrtime.bigint()
  for (let i = 0; i < Number(count); i++) {
    const log = openSync(`${dir}/${i}.log`, 'a')
    start(['pause', file], ['ignore', log, log], () => {})
    closeSync(log)
  }
  process.stdout.write(`${began} ${process.hrtime.bigint()}\n`)
}

process.stdin.resume().once('end', () => {
  ending = true
  for (const made of live) made.kill('SIGKILL')
  if (live.size === 0) process.exit(0)
})
