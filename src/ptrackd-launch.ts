/** dist/ptrackd.cjs: runs the daemon (ptrackd.ts) from V8's code cache. */
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

/**
 * V8 optimizes what ran in the last burst, and compiling it takes a fifth of the CPU of a thousand starts; thirty times later
 * only what stays hot is left. Set here and not on the command line, where a Node that lacks the flag would refuse to start; and
 * before anything is compiled, as a code cache depends on the flags.
 */
setFlagsFromString('--interrupt-budget=2000000')

const runFromCache = require('../bin/from-cache.js') as (file: string) => void
runFromCache(join(__dirname, 'ptrackd-main.cjs'))
