/** The bus of a fleet as a service among the others. */

import type { DefinedBy } from '../../../core/world.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { BUS_SERVICE } from '../../../protocol/fleet.ts'
import { requests } from '../../../protocol/requests.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { remove } from '../delete.ts'
import { start } from '../start.ts'

/** After it is ready. */
const CHECK_MS = 600_000

/** Answers when it listens. Throws with what the server said. */
export async function startBusService(
  supervisor: Supervisor,
  { command, port }: { command: string[]; port: number },
  caller: Omit<DefinedBy, 'atMs'>,
): Promise<number | null> {
  const definition = {
    name: BUS_SERVICE,
    command,
    cwd: supervisor.world.home,
    ports: [port],
    // A connection that ends without TLS is an error in its log. That it hangs, ptrackd-fleet finds out.
    healthPeriodMs: CHECK_MS,
    restart: 'always',
    description: 'the bus of the fleet that this home has made (`ptrack fleet leave --force` ends it)',
  }
  const [result] = await start(supervisor, requests.start.parse({ definition }), caller, new AbortController().signal)
  const { ok, error, tail, view } = result!
  if (ok) return view?.pid ?? null
  throw new PtrackError('FAILED', `cannot start the bus: ${error?.message ?? 'it has ended'}`, {
    hint: tail.at(-1) ?? error?.hint,
  })
}

export async function endBusService(supervisor: Supervisor): Promise<void> {
  if (supervisor.registry.named(BUS_SERVICE) === undefined) return
  await remove(supervisor, { targets: [BUS_SERVICE], purge: true })
}
