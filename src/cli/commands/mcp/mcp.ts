/** ptrack mcp: a server on stdin and stdout, for as long as its client is there. */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Role } from '../../../protocol/names.ts'
import type { Context } from '../../context.ts'
import { serve } from './rpc.ts'
import { Server } from './server.ts'
import { Session } from './session.ts'

export interface McpOptions {
  all?: boolean
  role?: Role
  directory?: string
  linger?: number
}

const LINGER_MS = 60_000

export async function mcp(context: Context, { all = false, role = 'admin', directory, linger }: McpOptions): Promise<number> {
  const { io } = context
  const served = realDirectory(resolve(io.cwd, directory ?? '.'))
  const server = new Server(context, { all, role, directory: served }, new Session(linger ?? LINGER_MS))
  await serve(io.stdin(), (text) => io.pour('out', text), server)
  return 0
}

/** A project has the directory that the kernel knows. */
function realDirectory(directory: string): string {
  try {
    return realpathSync(directory)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause
    throw new PtrackError('USAGE', `cannot serve ${directory}: there is no such directory`, { cause })
  }
}
