/** Node's own listening handle, over an inherited descriptor: what of it we need, and two things it does not offer by name. */
import net from 'node:net'

export interface Handle {
  listen(backlog: number): number
  close(callback?: () => void): void
  onconnection: unknown
  getsockname?(out: object): number
  readStart?(): number
  readStop?(): number
}

/** What node:net has and does not document; in every Node since 10. */
interface Internals {
  _createServerHandle?(address: null, port: null, type: null, fd: number): Handle | number
}

/** Members of a server that `listen()` itself sets. */
export interface Listening extends net.Server {
  _handle?: Handle | null
  _pipeName?: string
  _listen2?(address: null, port: null, type: null, backlog: number, fd: number): void
}

/** Null where this Node cannot. */
export function handleOf(fd: number): Handle | null {
  const made = (net as Internals)._createServerHandle?.(null, null, null, fd)
  return typeof made === 'object' && made !== null ? made : null
}

/**
 * Accepts nothing more, and keeps the descriptor, which a close would give away for ever: the end of a read is the end of the
 * polling. False where that is not possible.
 */
export function stopAccepting(handle: Handle): boolean {
  if (handle.readStart?.() !== 0 || handle.readStop?.() !== 0) return false
  handle.onconnection = (_error: unknown, client?: Pick<Handle, 'close'>) => client?.close()
  return true
}

/** Closes it under a server that does not notice: its address stays, and a later close does nothing. */
export function closeUnder(handle: Handle, close: Handle['close']): void {
  const address = {}
  const error = handle.getsockname?.(address)
  if (error === 0) handle.getsockname = (out) => Object.assign(out, address) && 0
  close.call(handle)
  handle.close = (callback) => {
    if (typeof callback === 'function') setImmediate(callback)
  }
}
