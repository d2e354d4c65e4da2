/** Services and their sockets as systemd units: what systemd would run without ptrack. */

import { foretell } from '../protocol/definition-changes.ts'
import { socketPorts } from '../protocol/sockets.ts'
import { distinctNames } from './distinct.ts'
import type { FileProcess } from './file-process.ts'
import { referredTo } from './references.ts'
import { socketUnit, socketUnitNames } from './systemd-sockets.ts'

export interface Unit {
  file: string
  text: string
}

const isControl = (char: string): boolean => char < ' ' || char === '\x7f'
/** In unit files `%` starts a specifier; quotes keep blanks together. A carriage return ends a line there too. */
const quote = (text: string): string =>
  `"${[...text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')]
    .map((char) => (isControl(char) ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char))
    .join('')}"`
/** In commands `$` is a variable too. */
const argument = (text: string): string => quote(text).replaceAll('$', '$$$$')
const seconds = (ms: number): string => `${ms / 1000}`
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('%', '%%')
/** Without `:`, which systemd's own tools take for the beginning of an alias. */
const escapeName = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, '-')

const COMMANDS = { ExecStartPre: 'preStart', ExecStartPost: 'postStart', ExecStop: 'preStop', ExecStopPost: 'postStop' } as const

function commandLines(d: ReturnType<typeof foretell>): string[] {
  const lines = Object.entries(COMMANDS).flatMap(([key, field]) => {
    const line = d[field]?.replaceAll(/\$(\{PTRACK_PID\}|PTRACK_PID\b)/g, '$MAINPID')
    return line === undefined ? [] : [`${key}=/bin/sh -c ${argument(line)}`]
  })
  return d.preStart === null && d.postStart === null ? lines : [...lines, `TimeoutStartSec=${seconds(d.lifecycleTimeoutMs)}`]
}

const RESTART = { always: 'always', 'on-failure': 'on-failure', never: 'no' } as const
const ULIMITS: Record<string, string> = {
  core: 'CORE',
  cpu: 'CPU',
  data: 'DATA',
  fsize: 'FSIZE',
  memlock: 'MEMLOCK',
  nofile: 'NOFILE',
  nproc: 'NPROC',
  stack: 'STACK',
  as: 'AS',
}

/** `notes`: what a unit cannot express. Instances become units of their own. */
export function systemdUnits(processes: readonly FileProcess[]): { units: Unit[]; notes: string[] } {
  const notes: string[] = []
  const services = processes.filter(({ definition: { name, kind, cwd, user, group } }) => {
    if (kind === 'job') notes.push(`${name} is a job: it has no unit`)
    const unsayable = [cwd, user, group].some((one) => [...(one ?? '')].some(isControl))
    if (unsayable) notes.push(`${name} has no unit: there is a control character in its cwd, user or group`)
    return kind !== 'job' && !unsayable
  })
  const instances = services.map((process) => ({ process, names: instanceNames(process) }))
  const files = new Map<string, string>()
  for (const [name, given] of distinctNames(
    instances.flatMap(({ names }) => names),
    escapeName,
  )) {
    files.set(name, `${given}.service`)
    if (given !== escapeName(name)) notes.push(`${name} is ${given}.service: ${escapeName(name)}.service is that of another`)
  }
  const unitsOf = (name: string): string[] =>
    (instances.find(({ process }) => process.definition.name === name)?.names ?? []).map((each) => files.get(each)!)
  const sockets = socketUnits(instances, unitsOf, notes)
  const units = instances.flatMap(({ process, names }) =>
    names.map((name, index) => {
      const own = { name, index: names.length > 1 ? index : null, file: files.get(name)! }
      return unit(process, { ...own, sockets: sockets.get(process)?.map(({ file }) => file) ?? [] }, unitsOf, notes)
    }),
  )
  return { units: [...units, ...[...sockets.values()].flat()], notes }
}

function socketUnits(
  instances: readonly { process: FileProcess }[],
  unitsOf: (name: string) => string[],
  notes: string[],
): Map<FileProcess, Unit[]> {
  const wanted = instances.flatMap(({ process }) => {
    const { name, sockets = [] } = process.definition
    const called = socketUnitNames(name, sockets)
    return sockets.map((socket, index) => ({ process, socket, called: called[index]! }))
  })
  const files = distinctNames(
    wanted.map(({ called }) => called),
    escapeName,
  )
  const units = new Map<FileProcess, Unit[]>()
  for (const { process, socket, called } of wanted) {
    const { name } = process.definition
    const text = socketUnit(socket, name, unitsOf(name), (why) => notes.push(`${name}: ${why}`))
    if (text !== null) units.set(process, [...(units.get(process) ?? []), { file: `${files.get(called)}.socket`, text }])
  }
  return units
}

const instanceNames = ({ definition: { name }, instances }: FileProcess): string[] =>
  instances > 1 ? Array.from({ length: instances }, (_, index) => `${name}:${index}`) : [name]

function unit(
  process: FileProcess,
  { name, index, file, sockets }: { name: string; index: number | null; file: string; sockets: readonly string[] },
  unitsOf: (name: string) => string[],
  notes: string[],
): Unit {
  const d = foretell({ ...process.definition, ...(index === null ? {} : process.instanceOwn?.[index]) }, {}, [])
  const note = (text: string): void => {
    if (index === null || index === 0) notes.push(`${d.name}: ${text}`)
  }
  if (d.health !== null || d.restartUnhealthy) note('systemd does not probe health')
  if (d.postStart !== null && d.health !== null) note('postStart is executed when the program is, ready or not')
  if (d.cron !== null) note('a restart by the clock needs a timer')
  if (d.watchFiles.length > 0) note('watchFiles is left out')
  if (d.hooks.length > 0) note('hooks are left out')
  if (d.tty) note('systemd gives a program no terminal of its own')
  if (d.sockets.length > 0 && d.preload)
    note('systemd hands on its socket by LISTEN_FDS alone, so a Node program has to listen on { fd: 3 }')
  const env: Record<string, string> = { ...process.env, ...(index === null ? {} : process.instanceEnv[index]) }
  const [shared] = socketPorts(d)
  const [port] = d.ports
  if (shared !== undefined) env.PORT ??= String(shared)
  if (port !== undefined) env.PORT ??= String(port + (index ?? 0))
  const after = d.after.flatMap((each) => unitsOf(each.name))
  const alone = d.after.filter((each) => unitsOf(each.name).length === 0).map((each) => each.name)
  if (alone.length > 0) note(`it does not wait for ${alone.join(', ')}, which has no unit`)
  const [program, ...words] = d.sockets.length > 0 ? d.command.map((word) => word.replaceAll('{fd}', '3')) : d.command
  const lines = [
    '# Written by `ptrack export --format systemd`.',
    '[Unit]',
    `Description=${oneLine(d.title ?? d.description ?? name)}`,
    'After=network.target',
    ...after.flatMap((each) => [`After=${each}`, `Wants=${each}`]),
    ...sockets.flatMap((each) => [`After=${each}`, `Requires=${each}`]),
    `StartLimitIntervalSec=${d.maxRestarts === null ? 0 : seconds(d.restartWindowMs)}`,
    ...(d.maxRestarts === null ? [] : [`StartLimitBurst=${Math.max(1, d.maxRestarts)}`]),
    '',
    '[Service]',
    'Type=exec',
    ...sockets.map((each) => `Sockets=${each}`),
    // Not a path: looked up by systemd, unless its environment says otherwise.
    `ExecStart=${[program!.startsWith('/') ? argument(program!) : `/usr/bin/env ${argument(program!)}`, ...words.map(argument)].join(' ')}`,
    ...commandLines(d),
    `WorkingDirectory=${d.cwd.replaceAll('%', '%%')}`,
    ...(d.stdin === null ? [] : [`StandardInput=file:${d.stdin.replaceAll('%', '%%')}`]),
    ...Object.entries(env).map(([key, value]) =>
      referredTo(value) === null ? `Environment=${quote(`${key}=${value}`)}` : `PassEnvironment=${key}`,
    ),
    `Restart=${RESTART[d.restart]}`,
    `RestartSec=${d.restartDelayMs === null ? 1 : seconds(d.restartDelayMs)}`,
    ...(d.okExit.some((code) => code !== 0) ? [`SuccessExitStatus=${d.okExit.join(' ')}`] : []),
    ...(d.noRestartExit.length > 0 ? [`RestartPreventExitStatus=${d.noRestartExit.join(' ')}`] : []),
    `KillSignal=${d.stopSignal}`,
    // A stop reaches the whole tree, unless leftovers are to be kept.
    `KillMode=${d.leftovers === 'keep' ? 'process' : 'mixed'}`,
    `TimeoutStopSec=${seconds(d.stopTimeoutMs)}`,
    ...(d.timeoutMs === null ? [] : [`RuntimeMaxSec=${seconds(d.timeoutMs)}`]),
    ...(d.maxMemoryBytes === null ? [] : [`MemoryMax=${d.maxMemoryBytes}`]),
    ...(d.cpus === null ? [] : [`CPUQuota=${Math.max(1, Math.round(d.cpus * 100))}%`]),
    ...(d.pids === null ? [] : [`TasksMax=${d.pids}`]),
    ...(d.nice === null ? [] : [`Nice=${d.nice}`]),
    ...(d.user === null ? [] : [`User=${d.user}`]),
    ...(d.group === null ? [] : [`Group=${d.group}`]),
    ...(d.umask === null ? [] : [`UMask=${d.umask.padStart(4, '0')}`]),
    ...Object.entries(d.ulimits).map(([key, value]) => `Limit${ULIMITS[key]}=${value.replaceAll('unlimited', 'infinity')}`),
    '# Hardened as far as an unknown program bears it; take away what yours does not.',
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
    // It would not find its own directory there.
    ...(!d.privateTmp && /^\/(var\/)?tmp(\/|$)/.test(d.cwd) ? [] : ['PrivateTmp=yes']),
    ...d.readOnly.map((path) => `ReadOnlyPaths=${quote(path)}`),
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectControlGroups=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ]
  return { file, text: lines.join('\n') }
}
