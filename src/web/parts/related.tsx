/** What a process waits for, and what waits for it. */
import type { ProcessDetail } from '../../protocol/view.ts'
import { stateOf } from '../../words/states.ts'
import { useApp } from '../app-state.ts'
import { linkTo } from '../route.ts'
import { viewOf } from '../titles.ts'
import { Mark } from './icon.tsx'

export const isRelated = ({ definition, neededBy }: ProcessDetail): boolean => definition.after.length > 0 || neededBy.length > 0

export function Relations({ detail }: { detail: ProcessDetail }) {
  return (
    <ul class="runs-list">
      {detail.definition.after.map(({ name, condition }) => (
        <Related key={`needs ${name}`} name={name} words={`must be ${condition} first`} />
      ))}
      {detail.neededBy.map(({ name, condition }) => (
        <Related key={`needed ${name}`} name={name} words={`waits for it to be ${condition}`} />
      ))}
    </ul>
  )
}

function Related({ name, words }: { name: string; words: string }) {
  const { known } = useApp()
  const view = viewOf(known.views.values(), name)
  return (
    <li>
      {view && <Mark state={stateOf(view)} named />}
      <a class="name" href={linkTo(name)}>
        {name}
      </a>
      <small>{words}</small>
    </li>
  )
}
