/** docs/watch.md: its commands, at a terminal, before what they name. */
import { program } from '../support/daemon.ts'
import { testDocument } from '../support/document.ts'

testDocument('docs/watch.md', {
  async before({ home }) {
    await home.ok(['start', '--name', 'worker', '--instances', '2', '--', program('waits.sh')])
    await home.ok(['run', '-d', '--name', 'train', '--type', 'training', '--', program('waits.sh')])
  },
})
