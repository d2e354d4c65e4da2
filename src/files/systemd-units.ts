/** Services as systemd units, one for each process: what systemd would run without ptrack. */
import type { FileProcess } from './file-process.ts'
import { foretell } from './plan.ts'

export interface Unit {
  /** File name, such as web.service. */
  file: string
  text: string
}

/** In unit files `%` starts a specifier; quotes keep blanks together. */
const quote = (text: string): string =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')}"`
/** In commands `$` is a variable too. */
const argument = (text: string): string => quote(text).replaceAll('$', '$$$$')
const seconds = (ms: number): string => `${ms / 1000}`
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('%', '%%')
/** Without `:`, which systemd's own tools take for the beginning of an alias. */
const unitName = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, '-')

/** Unit files by process name, one for each instance. Of two that would be one (`a:0`, `a-0`) the later gets a number. */
function unitFiles(processes: readonly FileProcess[]): Map<string, string[]> {
  const taken = new Set<string>()
  const free = (name: string): string => {
    let file = `${unitName(name)}.service`
    for (let n = 2; taken.has(file); n++) file = `${unitName(name)}-${n}.service`
    taken.add(file)
    return file
  }
  return new Map(
    processes
      .filter(({ definition }) => definition.kind !== 'job')
      .map(({ definition: { name }, instances }) => [
        name,
        instances > 1 ? Array.from({ length: instances }, (_, index) => free(`${name}:${index}`)) : [free(name)],
      ]),
  )
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

/** `notes` tells what a unit cannot say. Instances become units of their own. */
export function systemdUnits(processes: readonly FileProcess[]): { units: Unit[]; notes: string[] } {
  const notes: string[] = []
  const files = unitFiles(processes)
  const units = processes.flatMap((process) => {
    if (process.definition.kind === 'job') {
      notes.push(`${process.definition.name} is a job: it has no unit`)
      return []
    }
    const indices = process.instances > 1 ? [...Array(process.instances).keys()] : [null]
    return indices.map((index) => unit(process, index, files, notes))
  })
  return { units, notes }
}

function unit(process: FileProcess, index: number | null, files: ReadonlyMap<string, string[]>, notes: string[]): Unit {
  const d = foretell(process.definition, {}, [])
  const name = index === null ? d.name : `${d.name}:${index}`
  const note = (text: string): void => {
    if (index === null || index === 0) notes.push(`${d.name}: ${text}`)
  }
  if (d.health !== null || d.restartUnhealthy) note('systemd does not probe health')
  if (d.cron !== null) note('a restart by the clock needs a timer')
  if (d.watchFiles.length > 0) note('watchFiles is left out')
  if (d.hooks.length > 0) note('hooks are left out')
  const env: Record<string, string> = { ...process.env, ...(index === null ? {} : process.instanceEnv[index]) }
  const [port] = d.ports
  if (port !== undefined) env.PORT ??= String(port + (index ?? 0))
  const after = d.after.flatMap((each) => files.get(each.name) ?? [])
  const [program, ...words] = d.command
  const lines = [
    '# Written by `ptrack export --format systemd`.',
    '[Unit]',
    `Description=${oneLine(d.title ?? d.description ?? name)}`,
    'After=network.target',
    ...after.flatMap((each) => [`After=${each}`, `Wants=${each}`]),
    `StartLimitIntervalSec=${d.maxRestarts === null ? 0 : seconds(d.restartWindowMs)}`,
    ...(d.maxRestarts === null ? [] : [`StartLimitBurst=${Math.max(1, d.maxRestarts)}`]),
    '',
    '[Service]',
    'Type=exec',
    // Not a path: found where systemd looks for programs, unless its environment says otherwise.
    `ExecStart=${[program!.startsWith('/') ? argument(program!) : `/usr/bin/env ${argument(program!)}`, ...words.map(argument)].join(' ')}`,
    `WorkingDirectory=${d.cwd.replaceAll('%', '%%')}`,
    ...Object.entries(env).map(([key, value]) => `Environment=${quote(`${key}=${value}`)}`),
    `Restart=${RESTART[d.restart]}`,
    'RestartSec=1',
    ...(d.okExit.some((code) => code !== 0) ? [`SuccessExitStatus=${d.okExit.join(' ')}`] : []),
    ...(d.noRestartExit.length > 0 ? [`RestartPreventExitStatus=${d.noRestartExit.join(' ')}`] : []),
    `KillSignal=${d.stopSignal}`,
    `KillMode=${(d.leftovers ?? (d.kind === 'service' ? 'kill' : 'keep')) === 'kill' ? 'mixed' : 'process'}`,
    `TimeoutStopSec=${seconds(d.stopTimeoutMs)}`,
    ...(d.timeoutMs === null ? [] : [`RuntimeMaxSec=${seconds(d.timeoutMs)}`]),
    ...(d.maxMemoryBytes === null ? [] : [`MemoryMax=${d.maxMemoryBytes}`]),
    ...(d.nice === null ? [] : [`Nice=${d.nice}`]),
    ...(d.user === null ? [] : [`User=${d.user}`]),
    ...(d.group === null ? [] : [`Group=${d.group}`]),
    ...(d.umask === null ? [] : [`UMask=${d.umask.padStart(4, '0')}`]),
    ...Object.entries(d.ulimits).map(([key, value]) => `Limit${ULIMITS[key]}=${value.replaceAll('unlimited', 'infinity')}`),
    '# Hardened as far as an unknown program bears it; take away what yours does not.',
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
    'PrivateTmp=yes',
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
  return { file: files.get(d.name)![index ?? 0]!, text: lines.join('\n') }
}
