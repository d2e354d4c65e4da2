/** The nodes of the fleet, what runs on each, and what happened lately. */
import '../style/fleet.css'
import { fleetTitle } from '../../words/fleet.ts'
import { counted } from '../../words/short.ts'
import { useFleet } from '../use-fleet.ts'
import { Lately } from './fleet/lately.tsx'
import { Nodes } from './fleet/nodes.tsx'
import { Where } from './fleet/where.tsx'

export function FleetPage() {
  const { value, error } = useFleet()
  const here = value?.nodes.filter(({ state }) => state === 'here').length ?? 0
  return (
    <div class="fleet">
      <div class="head">
        <h1>{value === null ? 'Fleet' : fleetTitle(value.nodes)}</h1>
        {value !== null && here < value.nodes.length && (
          <p>
            {counted(value.nodes.length, 'node')}, {here} here
          </p>
        )}
      </div>
      {error !== null && <p class="error">{error.message}</p>}
      {value !== null && (
        <>
          <Nodes {...value} />
          <Where {...value} />
          <Lately events={value.events} />
        </>
      )}
    </div>
  )
}
