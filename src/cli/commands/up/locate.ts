/** Finds the ptrack.yaml, and reads it with this machine's files and environment. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { FileWorld } from '../../../files/yaml/entries.ts'
import { type PtrackYaml, type ReadOptions, readPtrackYaml } from '../../../files/yaml/read.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { readEnvFile } from '../../input/env-file.ts'
import { dockerIn, foreignIn } from './foreign.ts'
import { whyNot } from './why-not.ts'

const NAMES = ['ptrack.yaml', 'ptrack.yml']

/** The named file, or the nearest one here or above, a ptrack.yaml first; one from above is named in a note. */
export function locate(context: Context, named: string | undefined): string {
  if (named !== undefined) return resolve(context.io.cwd, named)
  return nearest(context, (directory) => ownIn(directory) ?? foreignIn(directory))
}

/** Likewise, for what only a ptrack.yaml is good for. */
export function locateOwn(context: Context, named: string | undefined): string {
  if (named !== undefined) return resolve(context.io.cwd, named)
  return nearest(context, ownIn)
}

const ownIn = (directory: string): string | undefined => NAMES.find((name) => existsSync(join(directory, name)))

function nearest(context: Context, find: (directory: string) => string | undefined): string {
  const { cwd } = context.io
  for (let directory = cwd; ; directory = dirname(directory)) {
    const found = find(directory)
    if (found !== undefined) {
      const path = join(directory, found)
      if (directory !== cwd) context.note(`there is no ${found} here; this is about ${path}`)
      return path
    }
    if (directory === dirname(directory)) break
  }
  const foreign = foreignIn(cwd)
  const docker = dockerIn(cwd)
  throw new PtrackError('BAD_FILE', `cannot find a ptrack.yaml in ${cwd} or above it`, {
    hint: foreign
      ? `\`ptrack import ${foreign} --output ptrack.yaml\` makes one of ${foreign}`
      : docker
        ? `${docker} is docker's, and what it runs are images; write a ptrack.yaml with the command of each program`
        : 'write one (`ptrack export > ptrack.yaml` writes what runs), or name it with -f FILE',
  })
}

/** `reads` collects every file that took part, for `--watch`. */
export function worldOf(context: Context, reads: Set<string> = new Set()): FileWorld {
  return {
    env: context.io.env,
    readText(path) {
      reads.add(path)
      try {
        return readFileSync(path, 'utf8')
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException
        if (code === undefined) throw cause
        const why = code === 'ENOENT' ? 'there is no such file' : whyNot(code, 'read')
        throw new PtrackError('BAD_FILE', `cannot read ${path}: ${why}`, { hint: 'check the path', cause })
      }
    },
    readEnvFile(path) {
      reads.add(path)
      return readEnvFile(path)
    },
  }
}

export const readHere = (context: Context, path: string, options: ReadOptions, reads?: Set<string>): PtrackYaml =>
  readPtrackYaml(path, worldOf(context, reads), options)

/** Its paths and commands are local. */
export function refuseRemote(context: Context, verb: string): void {
  if (context.remote === null) return
  throw new PtrackError(
    'USAGE',
    `cannot ${verb} on ${context.remote.name}: the paths and variables of a file are this machine's`,
    {
      hint: `run \`ptrack ${verb}\` there, or add --context local`,
    },
  )
}
