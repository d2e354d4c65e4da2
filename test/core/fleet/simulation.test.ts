/** Thousands of small fleets in which much goes wrong; FLEET_RUNS=10000 (`npm run soak:fleet`), FLEET_SEED=n repeats one. */
import { expect, test } from 'vitest'
import { Simulation } from './support/simulation.ts'

const RUNS = Number(process.env.FLEET_RUNS ?? (process.env.CI ? 500 : 150))
const FIRST = Number(process.env.FLEET_SEED ?? 1)

test('no job begins twice, limits and slots hold, and nothing is lost', { timeout: 1_200_000 }, () => {
  const seen: Record<string, number> = {}
  let [jobs, begun] = [0, 0]
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const report = new Simulation(seed).run()
    expect(report.problems, `FLEET_SEED=${seed} FLEET_RUNS=1 repeats it`).toEqual([])
    for (const [what, count] of Object.entries(report.seen)) seen[what] = (seen[what] ?? 0) + count
    jobs += report.jobs
    begun += report.begun
  }
  if (process.env.FLEET_RUNS !== undefined) console.log({ runs: RUNS, jobs, begun, ...seen })
  // Otherwise it would say nothing: each kind of trouble has happened.
  if (RUNS >= 100)
    for (const what of [
      'lost',
      'doubled',
      'unknown',
      'told late',
      'never began',
      'refused by the node',
      'deposed',
      'start of a former ptrackd-fleet refused',
      'node destroyed',
      'deleted before its end was reported',
    ])
      expect(seen[what] ?? 0, what).toBeGreaterThan(0)
})
