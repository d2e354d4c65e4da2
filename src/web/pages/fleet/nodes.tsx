/** The nodes, worst first: state, since when, load, version, and the states of what runs there. */
import type { FleetNode } from '../../../protocol/fleet.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { worstNodesFirst } from '../../../words/fleet.ts'
import { counted, roughly } from '../../../words/short.ts'
import { stateOf } from '../../../words/states.ts'
import { useApp } from '../../app-state.ts'
import { StateBar } from '../../parts/drawings.tsx'
import { Icon } from '../../parts/icon.tsx'
import { exactly } from '../../parts/when.tsx'
import type { FleetNow } from '../../use-fleet.ts'

export function Nodes({ nodes, rows, silent }: FleetNow) {
  return (
    <section class="panel" aria-labelledby="h-nodes">
      <header>
        <h2 id="h-nodes">Nodes</h2>
        <small>Worst first</small>
      </header>
      <ul class="nodes">
        {worstNodesFirst(nodes).map((node) => (
          <Node
            key={node.name}
            node={node}
            views={rows.filter((row) => row.node === node.name)}
            why={silent.find(({ name }) => name === node.name)?.why ?? null}
          />
        ))}
      </ul>
    </section>
  )
}

function Node({ node, views, why }: { node: FleetNode; views: readonly ProcessView[]; why: string | null }) {
  const { nowMs } = useApp()
  const { name, state, since, self, load, version, user, host } = node
  const isHere = state === 'here'
  const lasted = roughly(Math.max(1000, nowMs - Date.parse(since)))
  return (
    <li class={isHere ? 'here' : 'gone'} aria-label={`${name}: ${state}`}>
      {isHere ? <i class="dot" aria-hidden="true" /> : <Icon name="away" />}
      <div class="node-name">
        <h3>
          {name} <span class="is">{isHere ? 'Here' : 'Away'}</span> <small title={exactly(since)}>for {lasted}</small>
        </h3>
        <p class="quiet">
          {why !== null
            ? `What is shown of it is as last known: ${why}`
            : self
              ? 'This node; the page comes from it'
              : `${user} at ${host}`}
        </p>
      </div>
      <dl>
        <div>
          <dt>Load</dt>
          <dd class="num" title="Load average of the last minute">
            {isHere && load !== null ? load.toFixed(2) : 'not known'}
          </dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{version}</dd>
        </div>
      </dl>
      <div class={isHere ? 'runs' : 'runs away'}>
        {views.length > 0 && <StateBar name={name} states={views.map(stateOf)} />}
        <small class="quiet">{views.length === 0 ? 'no processes' : counted(views.length, 'process', 'processes')}</small>
      </div>
    </li>
  )
}
