/**
 * The machine's own systemd as PID 1 of a fresh PID and mount namespace, to try a real unit without touching the machine.
 * systemd-tmpfiles EMPTIES /tmp at boot: inside, /tmp, /run and /var/tmp are file systems of its own, what the test shares
 * stands at /mnt/shared and never below /tmp (but for a checkout that lies there, which is read-only inside), tmpfiles is masked besides, and nothing boots unless /tmp is seen to be empty.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { root } from './bundle.ts'
import { allPids, endIdent, identOf, statOf } from './proc.ts'
import { type Ability, asRoot, findTool, type Tool } from './requires.ts'

const SYSTEMD = ['/lib/systemd/systemd', '/usr/lib/systemd/systemd'].find((file) => existsSync(file)) ?? null

/** Where the test's own directory is seen inside. */
export const SHARED = '/mnt/shared'

/** A user without rights: its name, its home, and what it runs, wherever the checkout and Node lie. */
export const SOMEBODY = { name: 'somebody', uid: 4242, home: '/mnt/somebody', node: '/mnt/node', checkout: '/mnt/checkout' }

/** Everything up to the boot; any failure ends it, since `set -e`. */
const PREPARE = `
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /mnt
mkdir ${SHARED}
mount --bind "$OUTSIDE" ${SHARED}
mkdir -p ${SHARED}/etc
mount --bind ${SHARED}/etc /etc/systemd/system
mkdir /mnt/checkout
mount --bind "$CHECKOUT" /mnt/checkout
mount -o remount,ro,bind /mnt/checkout
mkdir -p ${SHARED}/var-lib
mount --bind ${SHARED}/var-lib /var/lib
mkdir -p ${SHARED}/somebody ${SOMEBODY.home}
chown ${SOMEBODY.uid}:${SOMEBODY.uid} ${SHARED}/somebody
mount --bind ${SHARED}/somebody ${SOMEBODY.home}
touch ${SOMEBODY.node}
mount --bind "$NODE" ${SOMEBODY.node}
{ cat /etc/passwd; echo '${SOMEBODY.name}:*:${SOMEBODY.uid}:${SOMEBODY.uid}::${SOMEBODY.home}:/bin/sh'; } >/mnt/passwd
mount --bind /mnt/passwd /etc/passwd
for d in /tmp /run /var/tmp; do mount -t tmpfs tmpfs $d; done
test -z "$(ls -A /tmp)" || exit 97
mountpoint -q /tmp || exit 98
# A checkout below one of these is there again, and cannot be written to.
test -d "$CHECKOUT" || { mkdir -p "$CHECKOUT" && mount --rbind /mnt/checkout "$CHECKOUT"; }
mkdir -p /run/lock /run/systemd/system
# What a test enables for multi-user.target is started at boot, without the rest of that target: consoles, logins.
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' >/run/systemd/system/small.target
test ! -d ${SHARED}/etc/multi-user.target.wants || cp -a ${SHARED}/etc/multi-user.target.wants /run/systemd/system/small.target.wants
# There is no journal: what a service that fails says is kept beside the log.
mkdir /run/systemd/system/service.d
printf '[Service]\nStandardError=append:${SHARED}/services.log\n' >/run/systemd/system/service.d/stderr.conf
for unit in setup setup-dev setup-dev-early clean; do ln -s /dev/null /run/systemd/system/systemd-tmpfiles-$unit.service; done
ln -s /dev/null /run/systemd/system/systemd-tmpfiles-clean.timer
# A boot of its own, as the machine's would be.
cat /proc/sys/kernel/random/uuid >/mnt/boot_id
mount --bind /mnt/boot_id /proc/sys/kernel/random/boot_id
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
`
const BOOT = `${PREPARE}
export container=docker
exec ${SYSTEMD} --system --unit=small.target --log-level=notice --log-target=console --show-status=0 >${SHARED}/systemd.log 2>&1
`
/**
 * In a cgroup of its own before the namespace of cgroups begins, which then ends there. Of two systemds with one root each would take the
 * other's /system.slice/ptrack.service for its own, and remove it as empty while a service of the other is on its way into it.
 */
const OWN_CGROUP = `
mount --make-rprivate /
if mount -t cgroup2 none /mnt; then
  mkdir "/mnt/$CGROUP" && echo $$ >"/mnt/$CGROUP/cgroup.procs"
  umount /mnt
fi
exec unshare --kill-child --fork --pid --mount --cgroup --uts --ipc sh -c "$1"
`
const REMOVE_CGROUP = `
mount --make-rprivate /
mount -t cgroup2 none /mnt && test -d "/mnt/$CGROUP" && find "/mnt/$CGROUP" -depth -type d -exec rmdir {} +
`
const unshared = (script: string, cgroup: string, outside: string): [string, string[], { env: NodeJS.ProcessEnv }] => [
  'unshare',
  ['--mount', 'sh', '-c', OWN_CGROUP, 'sh', script],
  { env: { PATH: process.env.PATH, OUTSIDE: outside, CHECKOUT: root, NODE: process.execPath, CGROUP: cgroup } },
]
const removeCgroup = (cgroup: string): void =>
  void spawnSync('unshare', ['--mount', 'sh', '-c', REMOVE_CGROUP], { env: { PATH: process.env.PATH, CGROUP: cgroup } })

const TOOLS: readonly Tool[] = ['unshare', 'nsenter', 'systemctl']

/** What booting it takes. Only a kernel that forbids the namespaces may skip in CI. */
export const BOOTING: readonly (Tool | Ability)[] = [
  ...TOOLS,
  asRoot,
  { name: 'systemd (apt-get install systemd)', there: SYSTEMD !== null },
  namespaces(),
]

/** What a user's systemd takes beside that. */
export const LOGINS: readonly Ability[] = [
  { name: 'dbus-daemon (apt-get install dbus)', there: existsSync('/usr/bin/dbus-daemon') },
  { name: 'pam_systemd (apt-get install libpam-systemd)', there: hasPamModule() },
]

function hasPamModule(): boolean {
  const directories = ['/lib', '/usr/lib', ...readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`)]
  return directories.some((directory) => existsSync(join(directory, 'security/pam_systemd.so')))
}

function namespaces(): Ability {
  const possible = asRoot.there && SYSTEMD !== null && TOOLS.every((tool) => findTool(tool) !== null)
  const why = possible ? whyNoNamespace() : ''
  return { name: `namespaces to boot systemd in (${why})`, there: why === '', optional: true }
}

/** Prepares the namespace and does not boot; '' when all of it worked. */
function whyNoNamespace(): string {
  const outside = mkdtempSync(join(tmpdir(), 'ptrack-namespace-'))
  try {
    const [command, words, options] = unshared(PREPARE, basename(outside), outside)
    const tried = spawnSync(command, words, { ...options, encoding: 'utf8', timeout: 20_000 })
    return tried.status === 0 ? '' : `${tried.stderr.trim() || tried.error?.message || 'unshare'} (${tried.status})`
  } finally {
    removeCgroup(basename(outside))
    rmSync(outside, { recursive: true, force: true })
  }
}

export interface Booted {
  /** Runs a command inside; PATH and HOME are root's. */
  inside(command: string[], env?: Record<string, string>): { code: number | null; stdout: string; stderr: string }
  log(): string
  /** Resolves when its PID 1 has ended, as after a `systemctl reboot` inside. */
  ended: Promise<void>
  close(): Promise<void>
}

/** `outside`: a directory of the test, seen inside as SHARED. */
export function bootSystemd(outside: string): Booted {
  const cgroup = `ptrack-boot-${randomUUID()}`
  const [command, words, options] = unshared(BOOT, cgroup, outside)
  const child: ChildProcess = spawn(command, words, { ...options, stdio: 'ignore' })
  /** The namespace's PID 1 as it is seen from here. */
  const init = (): number | null => allPids().find((pid) => statOf(pid)?.ppid === child.pid) ?? null
  return {
    inside(command, env = {}) {
      // Its log is made by the exec itself: before that, the shell may still be mounting.
      const pid = existsSync(join(outside, 'systemd.log')) ? init() : null
      if (pid === null) return { code: null, stdout: '', stderr: 'systemd has ended' }
      const entered = spawnSync('nsenter', ['-t', String(pid), '-a', '--', ...command], {
        encoding: 'utf8',
        timeout: 60_000,
        env: { PATH: process.env.PATH, HOME: '/root', NO_COLOR: '1', ...env },
      })
      return { code: entered.status, stdout: entered.stdout, stderr: entered.stderr }
    },
    ended: new Promise((resolve) =>
      child.once('exit', () => {
        removeCgroup(cgroup)
        resolve()
      }),
    ),
    log: () =>
      ['systemd.log', 'services.log']
        .map((name) => join(outside, name))
        .map((file) => (existsSync(file) ? readFileSync(file, 'utf8').slice(-4000) : ''))
        .join('\n'),
    // Its PID 1 takes everything in the namespace along.
    async close() {
      for (const pid of [init(), child.pid]) {
        const ident = pid ? identOf(pid) : null
        if (ident) await endIdent(ident)
      }
    },
  }
}
