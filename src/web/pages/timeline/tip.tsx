/** What is under the pointer, or where keys have led: which run, how it ended, when and how long. */
import { formatDuration } from '../../../protocol/duration.ts'
import { sentence } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import { useApp } from '../../app-state.ts'
import { type Pointed, stretchWords } from '../../timeline/lanes.ts'

export function Tip({ pointed: { name, stretch } }: { pointed: Pointed }) {
  const { nowMs } = useApp()
  const { run, fromMs, toMs } = stretch
  const whole = stretch.class === 'plan' || run === null ? null : run
  const [from, to] =
    whole === null ? [fromMs, toMs] : [Date.parse(whole.startedAt), whole.endedAt === null ? nowMs : Date.parse(whole.endedAt)]
  const time = (ms: number): string => timeWords(new Date(ms).toISOString(), nowMs)
  // What still waits has no run yet.
  const lives = run === null || run.endedAt === null
  return (
    <>
      <b>{name}</b>
      {run !== null && <span>run {run.run}</span>}
      <span>
        {sentence(stretchWords(stretch))}
        {run?.reason && stretch.class !== 'wait' ? `: ${run.reason}` : ''}
      </span>
      <span class="quiet">
        {stretch.class === 'plan'
          ? `until about ${time(to)}`
          : `${time(from)}, ${lives ? 'for' : 'took'} ${formatDuration(Math.max(1, Math.round((to - from) / 100) * 100))}`}
      </span>
    </>
  )
}
