/** The World's interface of shared listening sockets. The daemon opens them and never accepts; holders keep them. */
import type { DeclaredSocket, OpenSocket, OpenSockets, SocketHolder } from '../protocol/sockets.ts'
import type { ProbeAnswer } from './world-probes.ts'

/** What the preload of an instance says of it. */
export interface InstanceStatus {
  pid: number
  gate: 'open' | 'shut'
  draining: boolean
  connections: number
  sockets: { name: string; listening: boolean }[]
}

export interface SocketKeeping {
  /**
   * Opens all and hands them to new holders with these FIFOs, within one turn of the event loop, or the daemon could accept. On
   * failure (PORT_TAKEN, an errno of bind and listen) none is open, and `message` is a sentence for a person. `blocking`: how
   * accept() is for all who inherit them.
   */
  open(
    dir: string,
    sockets: readonly DeclaredSocket[],
    fifos: readonly string[],
    blocking: boolean,
  ): Promise<{ ok: true; sockets: OpenSocket[]; holders: SocketHolder[] } | { ok: false; code: string; message: string }>
  /** A new holder under this FIFO's name, started by a living one; null when none of them answers. */
  replace(open: OpenSockets, fifo: string): SocketHolder | null
  /** The same by a Node program that has the sockets, when no holder lives; null when it cannot. */
  revive(open: OpenSockets, fifo: string, runId: string): Promise<SocketHolder | null>
  alive(holder: SocketHolder): boolean
  /** Ends the holders, and returns when they are gone; removes the names of unix sockets and the directory. */
  close(open: OpenSockets): void
  /** Gives a unix socket its name back, which a program removed at its end; true if any was missing. */
  mendNames(open: OpenSockets): boolean
  /** Ends holders of this home that `known` does not name: of an open that no daemon lived to save. */
  endStrays(known: readonly OpenSockets[]): void
  /** The run is over: its files beside the FIFOs go. */
  forget(open: OpenSockets, runId: string): void
  /** Where the preload of this run listens for the daemon; null where its user can have no such place. */
  controlOf(open: OpenSockets, runId: string, user: string | null): string | null
  /** A Node program that has the preload: what it serves, it says. */
  isLoaded(open: OpenSockets, runId: string): boolean
  /** The preload of this run has taken a socket, and can be asked. */
  isControlled(open: OpenSockets, runId: string): boolean
  /** Null without an answer, here and below: it is gone, or too busy for one. */
  status(open: OpenSockets, runId: string): Promise<InstanceStatus | null>
  /** False without an answer. */
  openGate(open: OpenSockets, runId: string): Promise<boolean>
  /** Resolves when it has drained; with false without an answer by then. */
  drain(open: OpenSockets, runId: string, timeoutMs: number): Promise<boolean>
  /** A request to this instance alone, past its gate. */
  probe(open: OpenSockets, runId: string, socket: string, url: string, timeoutMs: number): Promise<ProbeAnswer | null>
  /** Called with the id of a run whose recorder has written its exit. */
  onExit(listener: (runId: string) => void): void
}
