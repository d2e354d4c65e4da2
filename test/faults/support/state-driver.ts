/** Saves without pause and tells what was acknowledged; the test kills it. Arguments: directory, first number, characters of filler in each record. */
import { createClock } from '../../../src/adapters/clock.ts'
import { createStateStore } from '../../../src/adapters/state/state-store.ts'
import { record } from '../../adapters/support/state-store.ts'

const [dir = '', first = '1', filler = '0'] = process.argv.slice(2)
const fail = (component: string, message: string): void => void process.stderr.write(`${component}: ${message}\n`)
let sinceMs = Number(first)
const store = createStateStore({
  dir,
  read: (id) =>
    record(id, {
      sinceMs: id === 'base' ? 0 : sinceMs,
      metadata: { filler: 'x'.repeat(id === 'base' ? 100_000 : Number(filler)) },
    }),
  bootId: 'boot',
  clock: createClock(),
  log: { debug: () => {}, info: () => {}, warn: fail, error: fail },
  user: 'sam',
})
await store.load()
// Large enough for a journal, and changed no more.
store.put('base')
for (; ; sinceMs++) {
  for (const id of ['a', 'b', 'c', 'd']) store.put(id)
  await store.flush()
  process.stdout.write(`${sinceMs}\n`)
}
