/** From a plan to what is executed: the program itself, or a shell and small tools around it where needed. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SpawnPlan } from '../core/world.ts'
import { CannotStart } from './cannot-start.ts'
import { type ChildLimits, niceWords, privilegeWords, shellPreparation, userWords } from './child-limits.ts'
import { errnoOf } from './errno.ts'
import { findGroup, findUser, type OsUser } from './os-user.ts'
import { recorderScript, type Stdin } from './recorder.ts'
import { checkCwd, resolveCommand } from './resolve-command.ts'
import { createRunCgroup, type RunCgroup } from './run-cgroup.ts'
import { sandboxPrefix } from './sandbox.ts'
import { WITH_LISTEN_PID } from './sockets/run-script.ts'
import { systemTool } from './system-tool.ts'
import { onTerminal } from './terminal.ts'

export interface Launch {
  file: string
  argv0: string
  args: string[]
  env: Record<string, string>
  /** The user that gets the logs; null = the daemon's user keeps them. */
  owner: { uid: number; gid: number } | null
  cgroup: RunCgroup | null
}

/** Throws CannotStart. May create a cgroup: the caller removes it if the start fails later. `report`: see recorderScript. */
export function planLaunch(plan: SpawnPlan, softNofile: number | null, report: string, home: string): Launch {
  checkCwd(plan.cwd)
  const [name, ...args] = plan.command
  const program = resolveCommand(name ?? '', plan.cwd, plan.env.PATH)
  const owner = ownerOf(plan)
  if (owner === null && asksForNothing(plan) && softNofile === null)
    return { file: name!.includes('/') ? name! : program, argv0: name!, args, env: plan.env, owner, cgroup: null }
  const { ulimits, nice, sandbox } = plan
  const noNewPrivileges = sandbox?.noNewPrivileges ?? false
  const limits: ChildLimits = { ulimits, nice, softNofile, owner, noNewPrivileges, cgroupProcs: null }
  const own =
    owner?.user === undefined ? plan.env : { ...plan.env, HOME: owner.user.home, USER: owner.user.name, LOGNAME: owner.user.name }
  // A tool or shell searches PATH as the caller's shell would, and the program keeps its name; except what they would take for an
  // option.
  const inner = name!.startsWith('-') || plan.env.PATH === undefined ? program : name!
  const tools = toolWords(plan, limits, program, home)
  const { words, env } = started(plan, [inner, ...args], own)
  // From here only the shell's part can fail.
  const [tool, ...toolArgs] = tools
  const cgroup = plan.cgroup === null ? null : createRunCgroup(plan.name, plan.run.id, plan.cgroup)
  const prepare = shellPreparation({ ...limits, cgroupProcs: cgroup?.procs ?? null })

  if (prepare === '' && plan.recordFile === null) {
    if (tool === undefined) return { file: name!.includes('/') ? name! : program, argv0: name!, args, env, owner, cgroup }
    return { file: tool, argv0: tool, args: [...toolArgs, ...words], env, owner, cgroup }
  }
  const script = plan.recordFile === null ? `${prepare}exec "$@"` : recorderScript(prepare, stdinOf(plan), report)
  const [shell, ...shellArgs] = shellFor(plan.env)
  return {
    file: shell!,
    argv0: shell!,
    args: [
      ...shellArgs,
      '-c',
      script,
      plan.recordFile ?? 'sh',
      ...(plan.sockets === null ? [] : WITH_LISTEN_PID),
      ...tools,
      ...words,
    ],
    env,
    owner,
    cgroup,
  }
}

const stdinOf = ({ terminal, input }: SpawnPlan): Stdin => (terminal !== null ? 'typed' : input ? 'handed on' : 'empty')

/** The command, below what holds its terminal where it has one. */
function started({ terminal }: SpawnPlan, words: string[], env: Record<string, string>) {
  return terminal === null ? { words, env } : onTerminal(words, env, shellFor(env)[0]!, terminal)
}

/** Most services: a thousand starts should not pay for what they do not use. */
function asksForNothing({ nice, ulimits, cgroup, recordFile, sandbox }: SpawnPlan): boolean {
  if (nice !== null || cgroup !== null || recordFile !== null || sandbox !== null) return false
  for (const _ in ulimits) return false
  return true
}

/** dash drops variables that it could not set itself (`npm_config_foo-bar`); bash passes them on. --posix reads no BASH_ENV. */
function shellFor(env: Record<string, string>): string[] {
  const plain = Object.keys(env).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
  return !plain && existsSync('/bin/bash') ? ['/bin/bash', '--posix'] : ['/bin/sh']
}

interface Owner {
  uid: number
  gid: number
  /** Set for another user: HOME, USER and LOGNAME change too. */
  user: OsUser | undefined
}

function ownerOf(plan: SpawnPlan): Owner | null {
  if (plan.user === null && plan.group === null) return null
  const user = plan.user === null ? undefined : findUser(plan.user)
  const uid = user?.uid ?? ownUid()
  const gid = plan.group === null ? user!.gid : findGroup(plan.group)
  if (ownUid() === 0) return { uid, gid, user }
  if (uid === ownUid() && gid === process.getgid?.()) return null
  throw new CannotStart('BAD_USER', 'only root may start it as another user or group; start the daemon as root')
}

const ownUid = (): number => process.getuid?.() ?? -1

/** Each becomes the next, and the last the program. */
function toolWords(plan: SpawnPlan, limits: ChildLimits, program: string, home: string): string[] {
  const { sandbox, cwd, env } = plan
  const asUser = absolute(userWords(limits))
  const hasMounts = sandbox !== null && (sandbox.privateTmp || sandbox.readOnly.length > 0)
  const inSandbox = !hasMounts
    ? asUser
    : sandboxPrefix({
        ...{ sandbox, asUser, cwd, program, home, shell: shellFor(env) },
        uid: limits.owner?.uid ?? ownUid(),
        gid: limits.owner?.gid ?? process.getegid?.() ?? -1,
        writable: env.PTRACK_CONTROL === undefined ? [] : [dirname(env.PTRACK_CONTROL)],
      })
  return [...absolute(niceWords(limits)), ...inSandbox, ...absolute(privilegeWords(limits))]
}

/** Its first word is a program of the system. */
const absolute = ([tool, ...words]: string[]): string[] =>
  tool === undefined ? [] : [systemTool(tool, '--user, --group, --nice and --no-new-privileges'), ...words]

/** null without /proc. */
export function ownSoftNofile(): number | null {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return soft === undefined ? null : Number(soft)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}
