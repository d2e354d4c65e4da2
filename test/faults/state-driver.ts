/** Saves without pause and tells what was acknowledged; the test kills it. Arguments: directory, first number. */
import { createClock } from '../../src/adapters/clock.ts'
import { createStateStore } from '../../src/adapters/state/state-store.ts'
import { record } from '../adapters/state-store-kit.ts'

const [dir = '', first = '1'] = process.argv.slice(2)
const fail = (component: string, message: string): void => void process.stderr.write(`${component}: ${message}\n`)
let sinceMs = Number(first)
const store = createStateStore({
  dir,
  // Filler, so that a write takes a while and is hit in its middle.
  read: (id) => record(id, { sinceMs, metadata: { filler: 'x'.repeat(1_000_000) } }),
  bootId: 'boot',
  clock: createClock(),
  log: { debug: () => {}, info: () => {}, warn: fail, error: fail },
  user: 'sam',
})
await store.load()
for (; ; sinceMs++) {
  for (const id of ['a', 'b', 'c', 'd']) store.put(id)
  await store.flush()
  process.stdout.write(`${sinceMs}\n`)
}
