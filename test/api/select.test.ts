import { expect, test } from 'vitest'
import { select } from '../../src/supervisor/operations/shared/select.ts'
import { liveState, supervisorKit } from '../supervisor/support/supervisor.ts'

test('an id of digits only is that process, and not the one whose pid reads alike', () => {
  const { supervisor, registry, add } = supervisorKit()
  const runs = add({ name: 'runs' }, { state: liveState('running', 1) })
  const named = add({ name: 'named' })
  registry.remove(named)
  const digits = registry.add({ ...named.record, id: '00000001' })
  expect(select(supervisor(), ['00000001']).matched).toEqual([digits])
  expect(select(supervisor(), ['1']).matched).toEqual([runs])
})
