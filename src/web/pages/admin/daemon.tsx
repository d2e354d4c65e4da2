/** The machine's load, and the daemon's own condition. */
import type { DaemonStatus, SystemLoad } from '../../../protocol/view.ts'
import { counted } from '../../../words/short.ts'
import { durationWords, sizeWords } from '../../../words/status.ts'
import { Facts } from '../../parts/facts.tsx'

export const Daemon = ({ status }: { status: DaemonStatus }) => (
  <>
    <Facts
      facts={[
        ['Version', status.version],
        ['Pid', String(status.pid)],
        ['Up', durationWords(status.uptimeMs)],
        ['Memory', sizeWords(status.rssBytes)],
        ['Clients', String(status.clients)],
        ['State', status.stateError?.message ?? 'is written'],
        ['Home', status.home],
      ]}
    />
    {status.notes.map((note) => (
      <p key={note} class="because inside">
        {note}
      </p>
    ))}
  </>
)

export function MachineLoad({ load: { loadAverages, cpus, memoryBytes, memoryFreeBytes } }: { load: SystemLoad }) {
  const [lately = 0] = loadAverages
  const used = memoryBytes - memoryFreeBytes
  const rows = [
    [
      'CPU',
      lately / cpus,
      `load ${loadAverages.map((load) => load.toFixed(2)).join(' ')} (1, 5 and 15 min) on ${counted(cpus, 'CPU')}`,
    ],
    ['Memory', used / memoryBytes, `${sizeWords(used)} of ${sizeWords(memoryBytes)}`],
  ] as const
  return (
    <dl class="dl load">
      {rows.map(([label, share, words]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <meter aria-label={label} min={0} max={1} high={0.9} value={Math.min(1, share)} />
            {words}
          </dd>
        </div>
      ))}
    </dl>
  )
}
