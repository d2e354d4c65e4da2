/** doctor: every check gives ok, warn or fail, one sentence, and advice. Read-only; starts no daemon. */
import type { Context } from '../../context.ts'
import { table } from '../../output/table.ts'
import { plural } from '../daemon/running.ts'
import type { Check } from './check.ts'
import { daemonChecks } from './daemon.ts'
import { machineChecks } from './machine.ts'

function draw(checks: readonly Check[], context: Context): string {
  const { style } = context
  const paint = { ok: style.green, warn: style.yellow, fail: style.red }
  return table(context, checks, [
    { title: '', of: ({ result }) => result.padEnd(4), paint: ({ result }) => paint[result] },
    { title: 'check', of: ({ name }) => name },
    { title: 'found', of: ({ message, advice }) => (advice ? `${message}; ${advice}` : message), wrap: true },
  ]).join('\n')
}

export async function doctor(context: Context): Promise<number> {
  const machine = await machineChecks(context)
  // Files set aside are reported from disk if readable, else by the daemon.
  const found = new Set(machine.map(({ name }) => name))
  const checks = [...machine, ...(await daemonChecks(context)).filter(({ name }) => name !== 'set aside' || !found.has(name))]
  const count = (result: Check['result']): number => checks.filter((check) => check.result === result).length
  if (context.json) context.printJson({ ok: count('fail') === 0, checks })
  else {
    context.print(draw(checks, context))
    context.print(`${count('ok')} ok, ${plural(count('warn'), 'warning')}, ${count('fail')} failed`)
  }
  return count('fail') > 0 ? 1 : 0
}
