/** What runs where: projects by nodes. Rows of a node that is away are those that were last known. */
import { shortName } from '../../../protocol/project.ts'
import { type Cell, cellsOf, groupsOf, worstFirst } from '../../../words/groups.ts'
import { stateOf } from '../../../words/states.ts'
import { whyWords } from '../../../words/why.ts'
import { useApp } from '../../app-state.ts'
import { Mark } from '../../parts/icon.tsx'
import { linkTo } from '../../route.ts'
import type { FleetNow } from '../../use-fleet.ts'

/** Of a node in a project, before it is cut: worst first, so what is cut is well. */
const MOST = 60

export function Where({ nodes, rows }: FleetNow) {
  if (rows.length === 0) return null
  const groups = groupsOf(rows, 'project')
  return (
    <section class="panel where" aria-labelledby="h-where">
      <header>
        <h2 id="h-where">What runs where</h2>
      </header>
      <div class="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Project</span>
              </th>
              {nodes.map(({ name, state }) => (
                <th key={name} scope="col" class={state}>
                  {name}
                  {state === 'away' && <small> away</small>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map(({ key, name, states }) => (
              <tr key={key}>
                <th scope="row">
                  {name === '' ? 'No project' : name} <span class="quiet">{states.length}</span>
                </th>
                {nodes.map((node) => {
                  const here = rows.filter((row) => row.node === node.name && (row.project ?? row.tags[0] ?? '') === name)
                  return (
                    <td key={node.name} data-node={node.name} class={node.state}>
                      <Cells cells={cellsOf(here.toSorted(worstFirst))} node={node.name} isSelf={node.self} />
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Cells({ cells, node, isSelf }: { cells: readonly Cell[]; node: string; isSelf: boolean }) {
  const { nowMs } = useApp()
  if (cells.length === 0) return <span class="quiet">nothing</span>
  return (
    <ul>
      {cells.slice(0, MOST).map(({ key, name, views }) => {
        const worst = views[0]!
        const title = `${name}@${node}: ${whyWords(worst, nowMs, false) || stateOf(worst)}`
        return (
          <li key={key} title={title}>
            <Mark state={stateOf(worst)} named />
            {/* The pages of a process are those of this node's daemon. */}
            {isSelf ? (
              <a class="name" href={linkTo(worst.fullName)}>
                {shortName(name)}
              </a>
            ) : (
              <span class="name">{shortName(name)}</span>
            )}
            {views.length > 1 && <span class="fold">× {views.length}</span>}
          </li>
        )
      })}
      {cells.length > MOST && <li class="quiet">and {cells.length - MOST} more</li>}
    </ul>
  )
}
