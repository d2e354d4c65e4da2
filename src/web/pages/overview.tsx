/** Is anything wrong, and why? Then what runs until when, what comes, and what was. */

import { formatDuration } from '../../protocol/duration.ts'
import { isEnded } from '../../protocol/names.ts'
import { counted } from '../../words/short.ts'
import { useApp } from '../app-state.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { needsYou } from '../titles.ts'
import { Hour } from './overview/hour.tsx'
import { Needs } from './overview/needs.tsx'
import { Projects } from './overview/projects.tsx'
import { InProgress, Lately, UpNext } from './overview/side.tsx'
import { Tiles } from './overview/tiles.tsx'
import { usePast } from './overview/use-past.ts'

export function OverviewPage() {
  const app = useApp()
  const { known } = app
  const views = [...known.views.values()]
  const past = usePast()
  if (views.length === 0 && known.link === 'here' && known.heardMs !== null && known.listed) return <FirstSteps />
  const needs = needsYou(views)
  const good = views.length - needs.length
  const running = views.filter(({ status }) => !isEnded(status)).length
  return (
    <div class="overview">
      <div class="head">
        <h1 tabIndex={-1}>
          {needs.length === 0
            ? 'Everything is as it should be'
            : `${counted(needs.length, 'process needs', 'processes need')} you`}
        </h1>
        <p>
          {needs.length === 0
            ? `${counted(views.length, 'process', 'processes')}, ${running} of them live.`
            : `${good} of ${views.length} ${good === 1 ? 'is as it' : 'are as they'} should be.`}
          {known.link === 'away' &&
            known.heardMs !== null &&
            ` As of ${formatDuration(Math.max(1000, app.nowMs - known.heardMs))} ago.`}
        </p>
      </div>
      <Tiles views={views} past={past} />
      <div class="main-part">
        <Needs views={views} />
        <Projects views={views} />
        <Hour past={past} />
      </div>
      <div class="side">
        <InProgress views={views} />
        <UpNext views={views} />
        <Lately past={past} />
      </div>
    </div>
  )
}
