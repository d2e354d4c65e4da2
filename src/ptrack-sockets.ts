/**
 * Loaded into Node programs with shared sockets, by NODE_OPTIONS: their `listen()` on a declared address takes the socket that the
 * supervisor opened (preload/). Runs in any Node, must never make a program fail, and loads nothing where no socket was inherited.
 */
import { isInherited, parseListen } from './preload/inherited.ts'
import { attempt } from './preload/words.ts'

const { PTRACK_LISTEN, PTRACK_CONTROL, PTRACK_GATE } = process.env

if (PTRACK_LISTEN && process.platform === 'linux') {
  const sockets = parseListen(PTRACK_LISTEN)
  if (sockets?.some(isInherited)) {
    const { act }: typeof import('./preload/act.ts') = require('./preload/act.ts')
    const settings = { control: PTRACK_CONTROL, shut: PTRACK_GATE === '1' }
    attempt('take inherited sockets', () => act(sockets.filter(isInherited), settings), undefined)
  }
}
