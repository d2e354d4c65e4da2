/** The machine, as seen by the readers of foreign files. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { globSync } from 'tinyglobby'
import type { ImportWorld } from '../../../files/import/world.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { whyNoLog } from '../../../protocol/usable-log.ts'
import type { Context } from '../../context.ts'
import { callerEnv } from '../../input/caller-env.ts'
import { readEnvFile } from '../../input/env-file.ts'
import { findCommand, isFile } from '../../input/interpreter.ts'

export function importWorld({ io }: Context): ImportWorld {
  const env = callerEnv(io.env)
  return {
    env,
    cwd: io.cwd,
    cpus: availableParallelism(),
    hostname: hostname(),
    readText,
    isFile,
    whyNoLog: (path) => whyNoLog(path)?.why ?? null,
    inPath: (name) => findCommand(name, env, io.cwd),
    isBinary,
    glob,
    readEnvFile,
  }
}

function readText(path: string): string | null {
  try {
    // Windows editors add a BOM, which none of these formats wants.
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

/** Like Python's glob, which supervisord uses: sorted, without dotfiles. Node has one from 22 on. */
const glob = (pattern: string, cwd: string): string[] =>
  globSync(pattern, {
    cwd,
    absolute: true,
    braceExpansion: false,
    expandDirectories: false,
    extglob: false,
    globstar: false,
  }).sort()
