/** While the daemon is away: since when, how old everything is, when it is tried again. After an upgrade, that the page itself is old. */
import { formatDuration } from '../../protocol/duration.ts'
import { VERSION } from '../../protocol/version.ts'
import { timeWords } from '../../words/time.ts'
import { tryNow, useApp } from '../app-state.ts'
import { Icon } from './icon.tsx'

const time = (ms: number, nowMs: number): string => timeWords(new Date(ms).toISOString(), nowMs)

export function AwayBanner() {
  const { known, nowMs } = useApp()
  const away = known.link === 'away'
  const upgraded = known.version !== null && known.version !== VERSION
  if (upgraded && !away)
    return (
      <div class="banner" role="status">
        <Icon name="info" />
        <span>
          The daemon is {known.version} now, this page is {VERSION}.
        </span>
        <button type="button" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    )
  return (
    <div class="banner" role="status" hidden={!away}>
      {away && (
        <>
          <Icon name="info" />
          <span>
            <strong>The daemon is away</strong>
            {known.awayMs !== null && ` since ${time(known.awayMs, nowMs)}`}. Processes go on without it.
          </span>
          <span class="quiet" aria-live="off">
            {known.heardMs !== null && `Last updated ${formatDuration(Math.max(1000, nowMs - known.heardMs))} ago. `}
            {known.nextTryMs !== null && known.nextTryMs > nowMs
              ? `Trying again in ${Math.ceil((known.nextTryMs - nowMs) / 1000)}s.`
              : 'Trying again.'}
          </span>
          <button type="button" onClick={tryNow}>
            Try now
          </button>
        </>
      )}
    </div>
  )
}
