/** dist/ptrackd.cjs: runs the daemon (ptrackd.ts) from V8's code cache. */
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

/**
 * V8 optimizes what runs often; of a supervisor that is what ran in the last burst, and compiling it takes a fifth of the
 * CPU of a thousand starts, on the core that their programs need. Thirty times later only what is hot for long is left.
 * Set here and not on the command line, where a Node that does not know it would refuse to start; and before anything is
 * compiled, since a code cache is good for the flags alone that it was made with.
 */
setFlagsFromString('--interrupt-budget=2000000')

const runFromCache = require('../bin/from-cache.js') as (file: string) => void
runFromCache(join(__dirname, 'ptrackd-main.cjs'))
