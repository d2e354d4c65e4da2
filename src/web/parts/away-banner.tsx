/** While the daemon is away, shows how old everything is; after an upgrade, that the page itself is old. */
import { formatDuration } from '../../protocol/duration.ts'
import { VERSION } from '../../protocol/version.ts'
import { useApp } from '../app-state.ts'

export function AwayBanner() {
  const { known, nowMs } = useApp()
  const away = known.link === 'away'
  const upgraded = known.version !== null && known.version !== VERSION
  if (upgraded && !away)
    return (
      <div class="banner" role="status">
        The daemon is {known.version} now, this page is {VERSION}.{' '}
        <button type="button" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    )
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
