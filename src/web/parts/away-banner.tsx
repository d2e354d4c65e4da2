/** While the daemon is away nothing on the page is sure; it says how old everything is. */
import { formatDuration } from '../../protocol/duration.ts'
import { useApp } from '../app-state.ts'

export function AwayBanner() {
  const { known, nowMs } = useApp()
  const away = known.link === 'away'
  return (
    <div class="banner" role="status" hidden={!away}>
      {away && (
        <>
          <strong>The daemon is away</strong>, trying again. Processes go on without it.{' '}
          {known.heardMs !== null && <>Last updated {formatDuration(Math.max(1000, nowMs - known.heardMs))} ago.</>}
        </>
      )}
    </div>
  )
}
