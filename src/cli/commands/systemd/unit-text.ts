/**
 * The text of the unit file; pure, to be compared as a whole. Hardening is limited to what children neither inherit nor miss: the
 * mode of the state directory, a cgroup that systemd-oomd spares, the watchdog. Sandboxing is inherited by every child and breaks
 * some: NoNewPrivileges= and RestrictSUIDSGID= sudo, PrivateTmp= and ProtectSystem= file access, MemoryDenyWriteExecute= JITs,
 * RestrictNamespaces= containers, SystemCallArchitectures= 32-bit programs, LockPersonality= setarch, ProtectClock= a time
 * daemon, UMask= the modes of files.
 */
import { DAEMON_ENV, DAEMON_NODE_FLAGS } from '../../../protocol/daemon-command.ts'
import type { Scope } from './unit-of-daemon.ts'

export interface UnitFacts {
  scope: Scope
  nodePath: string
  daemonScript: string
  cliScript: string
  home: string
  version: string
}

const HEADER = '# Written by `ptrack systemd install`'
export const isOurs = (text: string): boolean => text.startsWith(HEADER)

/** In unit files `%` starts a specifier and `$` a variable; quotes keep blanks together. */
const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
const quoteArgument = (text: string): string => quote(text).replaceAll('$', '$$$$')

const unquoted = (text: string): string => text.replaceAll('%%', '%').replace(/\\(.)/g, '$1')

/** null for a unit that names none, as older ones. */
export function homeOfUnit(text: string): string | null {
  const [, home] = /^Environment="PTRACK_HOME=((?:[^"\\]|\\.)*)"/m.exec(text) ?? []
  return home === undefined ? null : unquoted(home)
}

/** Node and the daemon that a unit starts. */
export function programsOfUnit(text: string): string[] {
  const [, line = ''] = /^ExecStart=(.*)$/m.exec(text) ?? []
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => unquoted(word!).replaceAll('$$', '$'))
  return words.slice(0, 2)
}

export function unitText({ scope, nodePath, daemonScript, cliScript, home, version }: UnitFacts): string {
  const environmentHome = quote(`PTRACK_HOME=${home}`)
  const argumentHome = quoteArgument(home)
  return `${HEADER} (ptrack ${version}); \`ptrack systemd uninstall\` removes it.
[Unit]
Description=ptrack process supervisor
${scope === 'system' ? 'After=network.target\n' : ''}# Children live on while it is away, so it must come back however often it fails.
StartLimitIntervalSec=0

[Service]
Type=notify
# The state comes from systemd-notify, a process of its own.
NotifyAccess=all
# A daemon that was started by hand makes way; what it supervises is taken over.
ExecStartPre=-${quoteArgument(nodePath)} ${quoteArgument(cliScript)} daemon stop --home ${argumentHome}
ExecStart=${quoteArgument(nodePath)} ${DAEMON_NODE_FLAGS.join(' ')} ${quoteArgument(daemonScript)} --home ${argumentHome} --lift
Environment=${environmentHome} ${Object.entries(DAEMON_ENV)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}
# After a crash, a kill or a hang; \`ptrack daemon stop\` means what it says.
Restart=on-failure
RestartSec=1
WatchdogSec=30
TimeoutStopSec=60
TimeoutAbortSec=10
# Only the daemon is ended; what it supervises belongs to the user and is adopted by the next daemon.
KillMode=process
# The kernel ending one child for memory must not end the daemon and the others.
OOMPolicy=continue
ManagedOOMPreference=avoid
TasksMax=infinity
# The daemon may open many files; programs get the usual soft limit back.
LimitNOFILE=1024:524288
Environment=PTRACK_NOFILE_SOFT=1024
# For --cgroup: a cgroup for each run below this unit's own.
Delegate=yes
# No sandboxing (ProtectSystem=, PrivateTmp=, NoNewPrivileges= ...): children would inherit it and see another machine than
# their owner does. The daemon protects its own files by their modes.

[Install]
WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}
`
}
