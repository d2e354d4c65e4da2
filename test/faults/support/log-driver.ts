/** A daemon's log keeper alone, which dies by SIGKILL at a given step of a rotation: argv = directory, step, its turn (1), archives to keep (3). */
import { keeperIn } from '../../adapters/support/logs.ts'

const [dir, fatal, turn = '1', keep = '3'] = process.argv.slice(2) as [string, string, string?, string?]
let seen = 0
const { keeper } = keeperIn(dir, {
  retryMs: 100,
  onStep: (step) => {
    if (step === fatal && ++seen === Number(turn)) process.kill(process.pid, 'SIGKILL')
  },
})
keeper.beginRun('p', 1, { maxBytes: 65_536, keep: Number(keep) })
// Only a death is a proper end; the test counts anything else as a failure.
setTimeout(() => process.exit(3), 30_000)
process.send?.('ready')
