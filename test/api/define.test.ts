import { expect, test } from 'vitest'
import { createRecord } from '../../src/supervisor/operations/shared/define.ts'
import { record } from '../adapters/support/state-store.ts'
import { supervisorKit } from '../supervisor/support/supervisor.ts'

test('an id that somebody has, or that is the name of somebody, is drawn again', () => {
  const drawn = ['aaa', 'aaa', 'ccc', 'bbb']
  const { registry, supervisor } = supervisorKit({ newId: () => drawn.shift()!, user: 'me' })
  const target = supervisor({ orchestrator: registry, fleet: { noteBegun: () => {} } })
  const { definition } = record('x')
  for (const name of ['ccc', 'second']) createRecord(target, { ...definition, name })
  expect([...registry.all()].map((each) => [each.record.id, each.record.definition.name])).toEqual([
    ['aaa', 'ccc'],
    ['bbb', 'second'],
  ])
})
