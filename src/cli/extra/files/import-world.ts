/** The machine as the readers of foreign files see it. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { ImportWorld } from '../../../files/import/world.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { callerEnv } from '../../caller-env.ts'
import type { Context } from '../../context.ts'
import { readEnvFile } from '../../env-file.ts'
import { findCommand, isFile } from '../../interpreter.ts'

export function importWorld({ io }: Context): ImportWorld {
  const env = callerEnv(io.env)
  return {
    env,
    cwd: io.cwd,
    cpus: availableParallelism(),
    hostname: hostname(),
    readText,
    isFile,
    inPath: (name) => findCommand(name, env, io.cwd),
    isBinary,
    glob,
    readEnvFile,
  }
}

function readText(path: string): string | null {
  try {
    // Editors of Windows put a mark there, which no format of these means.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new PtrackError('BAD_FILE', `cannot read ${path}: ${code}`, { hint: 'check what it is and who may read it', cause })
  }
}

function isBinary(path: string): boolean {
  const fd = openSync(path, 'r')
  try {
    const head = Buffer.alloc(8192)
    return head.subarray(0, readSync(fd, head, 0, head.length, 0)).includes(0)
  } finally {
    closeSync(fd)
  }
}

/** `*`, `?` and `[...]` in each part of the path, as Python's glob; Node has one from 22 on. */
function glob(pattern: string, cwd: string): string[] {
  let found = ['/']
  for (const part of resolve(cwd, pattern).split('/').filter(Boolean)) {
    if (!/[*?[]/.test(part)) {
      found = found.map((directory) => join(directory, part))
      continue
    }
    const source = part
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
      .replaceAll('[!', '[^')
    const match = new RegExp(`^${part.startsWith('.') ? '' : '(?!\\.)'}${source}$`)
    found = found.flatMap((directory) =>
      namesIn(directory)
        .filter((name) => match.test(name))
        .map((name) => join(directory, name)),
    )
  }
  return found.filter(isFile).sort()
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}
