/** docs/tour.md, as a reader pastes it. */

import { expect } from 'vitest'
import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'

testDocument('docs/tour.md', {
  env: { PTRACK_HTTP: '7077' },
  ports: { 7077: freePort },
  claims: [
    ['flaky.sh', async (_, { home }) => expect(await home.ls('flaky')).toMatchObject({ status: 'running', run: 4, restarts: 3 })],
    ['daemon status --json', async (_, { home }) => expect(await home.ls('web')).toMatchObject({ adopted: true, run: 1 })],
    ['ptrack delete all', (_, { home }) => expect(home.processes()).toEqual([])],
  ],
})
