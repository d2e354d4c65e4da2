/** A daemon's log keeper alone, which dies by SIGKILL at a given step of its first rotation: argv = directory, step. */
import { keeperIn } from '../adapters/logs/log-kit.ts'

const [dir, fatal] = process.argv.slice(2) as [string, string]
const { keeper } = keeperIn(dir, {
  retryMs: 100,
  onStep: (step) => {
    if (step === fatal) process.kill(process.pid, 'SIGKILL')
  },
})
keeper.beginRun('p', 1, { maxBytes: 65_536, keep: 3 })
// Only a death is a proper end; the test counts anything else as a failure.
setTimeout(() => process.exit(3), 30_000)
process.send?.('ready')
