/** doctor: every check gives ok, warn or fail, one sentence, and advice. It looks only; it starts no daemon. */
import Table from 'cli-table3'
import type { Context } from '../../context.ts'
import type { Check } from './check.ts'
import { daemonChecks } from './daemon.ts'
import { machineChecks } from './machine.ts'

function draw(checks: readonly Check[], context: Context): string {
  const { style } = context
  const paint = { ok: style.green, warn: style.yellow, fail: style.red }
  const chars = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  }
  const table = new Table({ chars, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } })
  table.push(
    ...checks.map((check) => [
      paint[check.result](check.result.padEnd(4)),
      check.name,
      check.advice ? `${check.message}; ${check.advice}` : check.message,
    ]),
  )
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

export async function doctor(context: Context): Promise<number> {
  const machine = await machineChecks(context)
  // What was set aside is told by its files where they are at hand, and by the daemon where they are not.
  const told = new Set(machine.map(({ name }) => name))
  const checks = [...machine, ...(await daemonChecks(context)).filter(({ name }) => name !== 'set aside' || !told.has(name))]
  const count = (result: Check['result']): number => checks.filter((check) => check.result === result).length
  if (context.json) context.printJson({ ok: count('fail') === 0, checks })
  else {
    context.print(draw(checks, context))
    context.print(`${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} wrong`)
  }
  return count('fail') > 0 ? 1 : 0
}
