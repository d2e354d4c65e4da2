/** `--after`: its names must exist, and nothing may wait for itself. */
import { findCycle } from '../../../core/dependencies.ts'
import { resolve } from '../../../core/targets.ts'
import type { Definition } from '../../../protocol/definition.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { dependingOf } from '../../registry.ts'

/** `name` is defined, or redefined, as waiting for these. */
export function checkAfter({ registry }: Supervisor, name: string, after: Definition['after']): void {
  const unknown = after.filter((each) => each.name !== name && resolve(each.name, registry).length === 0)
  if (unknown.length > 0)
    throw new PtrackError(
      'USAGE',
      `cannot let ${name} wait for ${unknown.map((each) => each.name).join(', ')}: no process has this name`,
      {
        hint: '`ptrack ls --all` shows what there is; define what is waited for first',
        details: { unknown: unknown.map((each) => each.name), fields: ['after'] },
      },
    )
  const look = (word: string) => resolve(word, registry).map(({ record }) => dependingOf(record))
  const cycle = findCycle(
    name,
    after.map((each) => each.name),
    look,
  )
  if (cycle !== null)
    throw new PtrackError('USAGE', `cannot let ${name} wait for itself: ${cycle.join(' -> ')}`, {
      hint: 'leave out one of these --after',
      details: { cycle, fields: ['after'] },
    })
}
