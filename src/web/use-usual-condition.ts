/** How long a dependency is waited for where nobody says it: as on the command line, a job until it is done, a service until it is healthy. */
import { useApp } from './app-state.ts'
import type { UsualCondition } from './form/texts.ts'
import { viewOf } from './titles.ts'

export function useUsualCondition(): UsualCondition {
  const { known } = useApp()
  return (name) => {
    const view = viewOf(known.views.values(), name)
    return view === undefined || view.kind === 'service' ? 'healthy' : 'done'
  }
}
