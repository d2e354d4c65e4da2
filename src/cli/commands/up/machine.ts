/** What the processes of a file need and this machine lacks: users, groups, directories, commands. */
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { FileProcess } from '../../../files/file-process.ts'
import type { Context } from '../../context.ts'
import { callerEnv } from '../../input/caller-env.ts'
import { findCommand } from '../../input/interpreter.ts'

interface Lack {
  key: 'cwd' | 'user' | 'group' | 'command'
  message: string
}

export function lacksOf(context: Context, { definition, env }: FileProcess): Lack[] {
  const { name, cwd, command, user, group } = definition
  const found: Lack[] = []
  const lack = (key: Lack['key'], message: string): void => {
    found.push({ key, message })
  }
  const there = isDirectory(cwd)
  if (!there) lack('cwd', `the directory ${cwd} of ${name} does not exist here`)
  const [program = ''] = command
  // Nothing can be looked up below a missing directory, which is reported itself.
  if ((there || !program.includes('/') || program.startsWith('/')) && !isProgram(context, program, cwd, env))
    lack(
      'command',
      `the command of ${name} cannot be run here: ${program} is ${program.includes('/') ? 'no program' : 'not found in PATH'}`,
    )
  if (user && !isKnown('passwd', user)) lack('user', `the user ${user} of ${name} does not exist here`)
  // A number needs no name: the kernel takes any.
  if (group && !/^\d+$/.test(group) && !isKnown('group', group))
    lack('group', `the group ${group} of ${name} does not exist here`)
  if ((user || group) && process.getuid?.() !== 0 && user !== userInfo().username)
    lack(
      user ? 'user' : 'group',
      `${name} can run as ${user ?? group} only under a daemon of root, and you are ${userInfo().username}`,
    )
  return found
}

const isProgram = (context: Context, program: string, cwd: string, env: Record<string, string>): boolean =>
  findCommand(program, { ...callerEnv(context.io.env), ...env }, cwd) !== null

const isDirectory = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return false
  }
}

/** /etc first; then the name service (LDAP, sssd), where there is one. */
function isKnown(database: 'passwd' | 'group', nameOrId: string): boolean {
  const has = (text: string): boolean =>
    text.split('\n').some((line) => {
      const [name, , id] = line.split(':')
      return name === nameOrId || (/^\d+$/.test(nameOrId) && id === nameOrId)
    })
  if (has(readFileSync(`/etc/${database}`, 'utf8'))) return true
  try {
    return has(
      execFileSync('getent', [database, '--', nameOrId], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 5000,
      }),
    )
  } catch (error) {
    // No getent (musl, macOS), or status 2: no such entry.
    if (error instanceof Error) return false
    throw error
  }
}
