/** One inherited socket in this process: which server has it, and whether it accepts. */
import { closeUnder, type Handle, handleOf, type Listening, stopAccepting } from './handle.ts'
import { type Inherited, isInherited } from './inherited.ts'

export interface Place {
  readonly socket: Inherited
  /** The server that listens on it; null = none, or no longer. */
  server(): Listening | null
  /** False once its descriptor was given away. */
  isThere(): boolean
  /** The server listens on it in every way but one: nothing is accepted yet. False where this Node cannot. */
  serve(server: Listening): boolean
  /** The server took the descriptor by `listen({ fd })`: it accepts already. */
  adopt(server: Listening): void
  accept(): void
  /** For ever, under a server that does not notice. */
  close(): void
}

export function createPlace(socket: Inherited, changed: () => void): Place {
  let server: Listening | null = null
  let handle: Handle | null = null
  let accepting = false
  let there = true

  /** The server has closed. Programs look first whether a port is free, or listen again: the descriptor stays. */
  const park = (callback?: () => void): void => {
    if (handle === null || server === null) return
    if (accepting && !stopAccepting(handle)) {
      there = false
      own(handle, 'close').call(handle, callback)
    } else if (typeof callback === 'function') setImmediate(callback)
    accepting = false
    server = null
    changed()
  }

  return {
    socket,
    server: () => server,
    isThere: () => there,
    serve(next) {
      if (typeof next._listen2 !== 'function' || !isInherited(socket)) return false
      handle ??= handleOf(socket.fd)
      if (handle === null) return false
      handle.listen = () => 0
      handle.close = park
      next._handle = handle
      try {
        next._listen2(null, null, null, socket.backlog, socket.fd)
      } catch (error) {
        next._handle = null
        throw error
      }
      server = next
      changed()
      return true
    },
    adopt(next) {
      server = next
      handle = next._handle ?? null
      there = false
      accepting = true
      changed()
    },
    accept() {
      if (handle === null || server === null || accepting) return
      accepting = true
      const error = own(handle, 'listen').call(handle, socket.backlog)
      changed()
      if (error !== 0) throw new Error(`the socket ${socket.name} gives error ${error}`)
    },
    close() {
      if (handle !== null && (there || server !== null)) closeUnder(handle, own(handle, 'close'))
      else server?.close()
      there = false
      accepting = false
      server = null
      changed()
    },
  }
}

/** Node's own method again, without ours. */
function own<Name extends 'listen' | 'close'>(handle: Handle, name: Name): Handle[Name] {
  Reflect.deleteProperty(handle, name)
  return handle[name]
}
