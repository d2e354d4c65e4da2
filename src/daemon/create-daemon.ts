/** A supervisor of this world, with the saved state restored. */
import { createNotifier, type Notifier } from '../adapters/systemd-notify.ts'
import { PtrackError } from '../protocol/errors.ts'
import { type BootReport, boot } from '../supervisor/boot.ts'
import { createSupervisor, type Supervisor } from '../supervisor/create-supervisor.ts'
import type { Site } from './create-world.ts'

export interface Daemon {
  site: Site
  supervisor: Supervisor
  report: BootReport
  notifier: Notifier
}

export async function createDaemon(site: Site, argv: readonly string[]): Promise<Daemon> {
  const { env, world } = site
  const supervisor = createSupervisor(world, site)
  const tokenNotes = await supervisor.tokens.load()
  const intervalNotes = setMonitorInterval(supervisor.monitor, env.PTRACK_MONITOR_INTERVAL)
  const report = await boot(supervisor, argv.includes('--halt') ? 'halt' : argv.includes('--lift') ? 'lift' : null)
  report.notes.push(...tokenNotes, ...intervalNotes)
  for (const note of tokenNotes) supervisor.notices.add(note)
  supervisor.hooks.start()
  // In the background: runs that end meanwhile are held until the history has been checked.
  void supervisor.historyWriter.start()
  supervisor.observedTime.begin()
  supervisor.janitor.start()
  return { site, supervisor, report, notifier: createNotifier(env, world.clock, world.log) }
}

/** An invalid value is a note, and the default applies. */
function setMonitorInterval(monitor: Supervisor['monitor'], text: string | undefined): string[] {
  if (text === undefined) return []
  try {
    monitor.setInterval(text)
    return []
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    return [`${error.message}; ${error.hint}`]
  }
}
