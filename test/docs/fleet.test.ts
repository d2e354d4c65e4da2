/** docs/fleet.md: its commands, where there is a nats-server. */
import { symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { natsServer, serverFile } from '../support/bus.ts'
import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'
import { runInside } from '../support/inside.ts'
import { describeNeeding } from '../support/requires.ts'

describeNeeding(natsServer)('docs/fleet.md', () => {
  let second = ''
  testDocument('docs/fleet.md', {
    ports: { 4222: freePort },
    async before({ dir, path }) {
      second = join(dir, 'second')
      symlinkSync(serverFile!, join(path.split(':')[0]!, 'nats-server'))
    },
  })
  // Where a block has failed, its own end of it has not come.
  afterAll(async () => {
    if (second !== '')
      await runInside(['daemon', 'stop', '--kill-children', '--home', second], { env: { HOME: second }, cwd: dirname(second) })
  })
})
