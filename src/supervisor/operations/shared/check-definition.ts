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
    })
  if (stopSend && !tty)
    throw new PtrackError('USAGE', 'cannot type at it to stop it: it has no terminal', {
      hint: 'add --tty, or leave out --stop-send',
    })
  if (tty && stdin)
    throw new PtrackError('USAGE', 'cannot give it both a terminal and a file as stdin', { hint: 'leave out --tty, or --stdin' })
  if (tty && sockets !== undefined && sockets.length > 0)
    throw new PtrackError('USAGE', 'cannot give a program with shared sockets a terminal: it would not inherit them there', {
      hint: 'leave out --tty, or --socket',
    })
  checkGlobs(watchFiles ?? [])
  for (const glob of watchFiles ?? []) await world.files.check(glob)
  for (const { on, run } of hooks ?? []) {
    parseTriggers(on)
    parseAction(run)
  }
  if (cron) await world.timetable.read(cron)
}
