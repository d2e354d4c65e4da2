/** The text of the unit file; pure, so that it can be compared as a whole. */
import { DAEMON_ENV, DAEMON_NODE_FLAGS } from '../../protocol/daemon-command.ts'
import type { Scope } from '../commands/systemd.ts'

export interface UnitFacts {
  scope: Scope
  nodePath: string
  daemonScript: string
  /** null = the unit's own state directory (system scope). */
  home: string | null
  version: string
}

/** In unit files `%` starts a specifier and `$` a variable; quotes keep blanks together. */
const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
const quoteArgument = (text: string): string => quote(text).replaceAll('$', '$$$$')

export function unitText({ scope, nodePath, daemonScript, home, version }: UnitFacts): string {
  const environmentHome = home === null ? 'PTRACK_HOME=%S/ptrack' : quote(`PTRACK_HOME=${home}`)
  const argumentHome = home === null ? '%S/ptrack' : quoteArgument(home)
  return `# Written by \`ptrack systemd install\` (ptrack ${version}); \`ptrack systemd uninstall\` removes it.
[Unit]
Description=ptrack process supervisor
${scope === 'system' ? 'After=network.target\n' : ''}# Children live on while it is away, so it must come back however often it fails.
StartLimitIntervalSec=0

[Service]
Type=notify
# The state is told by systemd-notify, a process of its own.
NotifyAccess=all
ExecStart=${quoteArgument(nodePath)} ${DAEMON_NODE_FLAGS.join(' ')} ${quoteArgument(daemonScript)} --home ${argumentHome}
Environment=${environmentHome} ${Object.entries(DAEMON_ENV)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}
Restart=always
RestartSec=1
WatchdogSec=30
TimeoutStopSec=60
# Only the daemon is ended; what it supervises belongs to the user and is adopted by the next daemon.
KillMode=process
# The kernel ending one child for memory must not end the daemon and the others.
OOMPolicy=continue
TasksMax=infinity
# The daemon may open many files; programs get the usual soft limit back.
LimitNOFILE=1024:524288
Environment=PTRACK_NOFILE_SOFT=1024
# For --cgroup: a cgroup for each run below this unit's own.
Delegate=yes
${home === null ? 'StateDirectory=ptrack\nStateDirectoryMode=0700\n' : ''}# No ProtectSystem=, PrivateTmp=, NoNewPrivileges= or UMask= here: children inherit them, and a program would see another
# machine than its owner does. The daemon protects its own files by their modes.

[Install]
WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}
`
}
