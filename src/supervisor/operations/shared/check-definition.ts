/** What a schema cannot check of a definition (schedules, globs, triggers), before anything is created. */
import { basename } from 'node:path'
import type { World } from '../../../core/world.ts'
import type { Definition } from '../../../protocol/definition.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { checkGlobs } from '../../../protocol/globs.ts'
import { parseAction, parseTriggers } from '../../../protocol/hooks.ts'

export async function checkDefinition(
  world: Pick<World, 'timetable' | 'files'>,
  {
    cron,
    watchFiles,
    hooks,
    command,
    sockets,
    tty,
    stopSend,
    stdin,
  }: Partial<Pick<Definition, 'cron' | 'watchFiles' | 'hooks' | 'command' | 'tty' | 'stdin' | 'stopSend'>> & {
    sockets?: unknown[]
  },
): Promise<void> {
  // Its node:http listens on a port of its own, and Bun.serve ignores the descriptor.
  if (sockets !== undefined && sockets.length > 0 && basename(command?.[0] ?? '') === 'bun')
    throw new PtrackError('USAGE', 'cannot share a socket with a Bun program: Bun cannot serve on an inherited socket', {
      hint: 'run it with node, or give each instance a port of its own: --port',
      details: { fields: ['sockets'] },
    })
  if (stopSend && !tty)
    throw new PtrackError('USAGE', 'cannot type at it to stop it: it has no terminal', {
      hint: 'add --tty, or leave out --stop-send',
      details: { fields: ['stopSend'] },
    })
  if (tty && stdin)
    throw new PtrackError('USAGE', 'cannot give it both a terminal and a file as stdin', {
      hint: 'leave out --tty, or --stdin',
      details: { fields: ['stdin'] },
    })
  if (tty && sockets !== undefined && sockets.length > 0)
    throw new PtrackError('USAGE', 'cannot give a program with shared sockets a terminal: it would not inherit them there', {
      hint: 'leave out --tty, or --socket',
      details: { fields: ['tty'] },
    })
  await naming('watchFiles', async () => {
    checkGlobs(watchFiles ?? [])
    for (const glob of watchFiles ?? []) await world.files.check(glob)
  })
  await naming('hooks', () => {
    for (const { on, run } of hooks ?? []) {
      parseTriggers(on)
      parseAction(run)
    }
  })
  await naming('cron', () => (cron ? world.timetable.read(cron) : undefined))
}

/** What is wrong with a field names it, as BAD_REQUEST does, so that a form shows it there. */
export async function naming<T>(field: keyof Definition, check: () => T | Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    const { code, message, hint, details } = error
    throw new PtrackError(code, message, {
      ...(hint !== undefined && { hint }),
      details: { ...details, fields: [field] },
      cause: error,
    })
  }
}
