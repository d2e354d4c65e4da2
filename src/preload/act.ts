/** A process that inherited sockets: its `listen()` takes them, behind a gate, and it can be drained. */
import { existsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { commandsOf } from './commands.ts'
import { type Control, startControl } from './control.ts'
import { createDrain } from './drain.ts'
import { createGate } from './gate.ts'
import { handOn, isRunner } from './hand-on.ts'
import type { Inherited } from './inherited.ts'
import { wrapListen } from './listen.ts'
import { leaveOptions } from './options.ts'
import { keepPaths } from './own-path.ts'
import { createPlace } from './place.ts'
import { threadClaims } from './threads.ts'
import { attempt } from './words.ts'

const LOADED = '.loaded'

interface Settings {
  /** Path of the control socket. */
  control: string | undefined
  /** Nothing is accepted until `open`. */
  shut: boolean
}

/** A program that can be asked as soon as it listens: until then it serves nothing, whatever the kernel shows. */
function markLoaded(control: string): void {
  // Without its directory the control socket cannot be made either, and that is reported.
  if (existsSync(dirname(control))) attempt('be noted', () => writeFileSync(`${control}${LOADED}`, ''), undefined)
}

export function act(sockets: readonly Inherited[], settings: Settings): void {
  if (isRunner(process.argv[1])) handOn(sockets)
  else {
    leaveOptions(process.env, __filename)
    if (settings.control) markLoaded(settings.control)
  }
  keepPaths(sockets.flatMap(({ path }) => path ?? []))

  let control: Control | null = null
  // A server that does not accept keeps no process alive.
  const changed = (): void => control?.keepAlive(!gate.isOpen() && places.some((place) => place.server() !== null))
  const gate = createGate(settings.shut, () => changed())
  const places = sockets.map((socket) => createPlace(socket, () => changed()))
  const drain = createDrain(places)
  // The last claim is the control socket's.
  const claims = threadClaims(sockets.length + 1)

  const listen = wrapListen({
    places,
    claims,
    mayTake: () => !drain.isDraining(),
    taken(place, server) {
      drain.follow(server)
      if (control === null && settings.control && claims.claim(sockets.length))
        control = startControl(settings.control, commandsOf({ sockets, places, gate, drain }), listen)
      changed()
      gate.whenOpen(() => attempt('accept', () => place.accept(), undefined))
    },
  })
}
