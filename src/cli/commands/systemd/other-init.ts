/** What starts the daemon at boot where there is no systemd: pure texts. */
import { existsSync } from 'node:fs'
import { DAEMON_ENV, DAEMON_NODE_FLAGS } from '../../../protocol/daemon-command.ts'
import { quoted } from '../../../protocol/shell-quote.ts'
import type { Program } from './program.ts'

export const OTHER_INITS = ['cron', 'openrc', 'runit'] as const
export type OtherInit = (typeof OTHER_INITS)[number]

const line = (words: readonly string[]): string => words.map(quoted).join(' ')

interface Text {
  /** Where it belongs. */
  path: string
  text: string
}

export function otherInit(init: OtherInit, program: Program, home: string): Text {
  const { nodePath, cliScript, daemonScript, version } = program
  const header = `# Written by \`ptrack systemd print --for ${init}\` (ptrack ${version}).`
  const command = (...words: string[]): string => line([nodePath, cliScript, ...words, '--home', home])
  const daemon = [...DAEMON_NODE_FLAGS, daemonScript, '--home', home, '--lift']
  const variables = Object.entries({ PTRACK_HOME: home, ...DAEMON_ENV }).map(([name, value]) => `${name}=${quoted(value)}`)
  if (init === 'cron') {
    // A `%` would be a line's end.
    return { path: 'crontab -e', text: `@reboot ${command('daemon', 'start').replaceAll('%', '\\%')}\n` }
  }
  if (init === 'runit')
    return {
      path: '/etc/sv/ptrack/run',
      text: `#!/bin/sh
${header}
# Save it as /etc/sv/ptrack/run, make it executable, and link /etc/sv/ptrack into the directory that runsvdir watches.
exec 2>&1
# A daemon that was started by hand makes way; what it supervises is taken over.
${command('daemon', 'stop')}
export ${variables.join(' ')}
exec ${line([nodePath, ...daemon])}
`,
    }
  return {
    path: '/etc/init.d/ptrack',
    text: `#!/sbin/openrc-run
${header}
# Save it as /etc/init.d/ptrack, make it executable, and run \`rc-update add ptrack default\` and \`rc-service ptrack start\`.
description="ptrack process supervisor"
supervisor=supervise-daemon
respawn_delay=1
respawn_max=0
command=${quoted(nodePath)}
# Read by a shell once more.
command_args=${quoted(line(daemon))}
export ${variables.join(' ')}

depend() {
	need localmount
	use net logger
}

start_pre() {
	# A daemon that was started by hand makes way; what it supervises is taken over.
	${command('daemon', 'stop')} || true
}
`,
  }
}

/** The one that runs here, as far as it can be seen. */
export function initHere(): OtherInit {
  if (existsSync('/run/openrc')) return 'openrc'
  return existsSync('/run/runit') || existsSync('/etc/runit') ? 'runit' : 'cron'
}
