/** dist/ptrackd.cjs: runs the daemon (ptrackd.ts) from V8's code cache. */
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

/**
 * Node's own modules come from a code cache too, which V8 takes only under the flags that it was made with: what is in force
 * already (the heap has its size) is set back, and what the daemon loads at its start is loaded, before there are others. A
 * tenth of the daemon's start.
 */
setFlagsFromString('--max-semi-space-size=0')
for (const name of ['assert/strict', 'child_process', 'cluster', 'crypto', 'dns/promises', 'fs/promises', 'module', 'net', 'os'])
  require(`node:${name}`)
for (const name of ['stream/promises', 'timers/promises', 'v8', 'vm', 'worker_threads']) require(`node:${name}`)

/**
 * V8 optimizes what ran in the last burst, and compiling it takes a fifth of the CPU of a thousand starts; thirty times later
 * only what stays hot is left. Set here and not on the command line, where a Node that lacks the flag would refuse to start; and
 * before anything of ours is compiled, as a code cache depends on the flags.
 */
setFlagsFromString('--interrupt-budget=2000000')

const runFromCache = require('../bin/from-cache.js') as (file: string) => void
runFromCache(join(__dirname, 'ptrackd-main.cjs'))
