/** fleet.run: a job for whichever node of the fleet has room. */
import type { Asker } from '../../core/fleet/messages.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { checkPattern } from './shared/define.ts'

/** Hexadecimal digits: it is part of the name that the job has on its node. */
const ID_DIGITS = 8

export async function fleetRun(
  { fleet, world }: Supervisor,
  { definition, set, node, onLost, owner, after }: Params<'fleet.run'>,
  asker: Asker,
): Promise<Reply<'fleet.run'>> {
  const { name, type = 'job', priority } = definition
  const what = `run ${name} in the fleet`
  const keeper = fleet.member(what)
  const no = (why: string, hint: string): PtrackError => new PtrackError('USAGE', `cannot ${what}: ${why}`, { hint })
  if (definition.kind !== 'job')
    throw no('only jobs are placed', '`ptrack start --node NODE -- COMMAND` starts a service on a node')
  if (name.includes('/')) throw no('its name has a project', 'jobs of a fleet belong to none')
  if (name.length > MOST_CHARS) throw no(`a name has at most ${MOST_CHARS} characters there`, '--name gives another one')
  if (definition.cron !== null)
    throw no('a fleet does not run jobs by the clock yet', '`ptrack run --node NODE -d --cron ...` does, on one node')
  if (definition.after.length > 0) throw no('what it waits for must be jobs of the fleet', 'name them in `after` of the request')
  checkPattern(definition.health)
  return keeper.jobs(what, {
    ask: 'submit',
    asker,
    job: {
      id: world.newId(ID_DIGITS),
      ...{ name, type, priority, onLost, after },
      owner: owner ?? asker.user,
      where: node ?? null,
      definition: { ...definition, kind: 'job' },
      env: set,
    },
  })
}

/** With its id it is a name of a process. */
const MOST_CHARS = 120 - 1 - ID_DIGITS
