/** Operands that name processes, and commands that make one request on them and print a line per result. */
import type { Command } from 'commander'
import type { ActionResult } from '../../protocol/requests.ts'
import { VERBS, type VerbsWith } from '../../protocol/verbs.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { printResults } from '../output/results.ts'
import { describesProcesses } from './interpreter.ts'

export const NAMES = 'names, ids, numbers, pids, globs, tag:T, session:S or all'
export const withNames = (command: Command): Command => command.argument('<name...>', NAMES)
export const withNoWait = (command: Command): Command =>
  command.option('--no-wait', 'return at once, without waiting for the outcome')

type Ask = (context: Context, targets: string[], options: Record<string, unknown>) => Promise<ActionResult[]>

/** pm2 acts on what an ecosystem file lists when the file is named. */
function orFile({ io }: Context, result: ActionResult): ActionResult {
  const { name, error } = result
  if (error?.code !== 'NOT_FOUND' || !describesProcesses(name, io.cwd)) return result
  const read = `ptrack up -f ${name}`
  const hint = `it is a file: \`${read}\` starts what it describes, or what has changed in it, \`ptrack down -f ${name}\` stops that`
  return { ...result, error: { ...error, hint } }
}

export const onTargets = (
  name: VerbsWith<'summary'> & VerbsWith<'done'>,
  extend: (command: Command) => Command,
  ask: Ask,
): CommandSpec => ({
  name,
  group: 'processes',
  operands: 'names',
  summary: VERBS[name].summary,
  define: (command) => {
    extend(withNames(command))
    return async (context, args, options) =>
      printResults(
        context,
        name,
        (await ask(context, args, options)).map((result) => orFile(context, result)),
      )
  },
})
