/** Contends for one home after the other, each at an agreed moment, tells the outcomes, and lives on until it is killed. */
import { acquireDaemonLock } from '../../../src/adapters/daemon-lock.ts'
import { createLinuxTable } from '../../../src/adapters/platform/linux-table.ts'

const homes: string[] = JSON.parse(process.argv[2] ?? '[]')
const table = createLinuxTable()
const identity = table.identityOf(process.pid)
if (identity === null) throw new Error('a living process has an identity')
// Held open by the test: it ends with the test at the latest.
process.stdin.on('end', () => process.exit())
process.stdin.once('data', async (data) => {
  const firstMs = Number(data.toString())
  for (const [round, home] of homes.entries()) {
    // Not a timer: all of them have to start within microseconds of each other.
    while (Date.now() < firstMs + round * 60);
    const outcome = await acquireDaemonLock(home, { identity, alive: (other) => table.alive(other) })
    process.stdout.write(
      `${JSON.stringify({ home, won: outcome.held, holder: outcome.held ? identity.pid : (outcome.holder?.pid ?? null) })}\n`,
    )
  }
  process.stdout.write('end\n')
})
process.stdout.write('ready\n')
