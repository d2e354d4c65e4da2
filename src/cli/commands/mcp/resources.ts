/** Resources: the list of processes, and the log of each. */
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import { ANSWER_BYTES, fitting, ok } from './answer.ts'
import { INVALID_PARAMS, RESOURCE_NOT_FOUND, RpcError } from './rpc.ts'
import type { Call } from './tool.ts'
import { listed } from './tools/looking.ts'
import { lastLines } from './tools/reading-logs.ts'
import { summary } from './views.ts'

const PROCESSES = 'ptrack://processes'
const LOGS = 'ptrack://logs/'
/** A client shows them to a person to choose from. */
const RESOURCES_MAX = 100
const LINES = 200

export const TEMPLATES = [
  { uriTemplate: `${LOGS}{name}`, name: 'log', title: 'The last lines of a process', mimeType: 'text/plain' },
]

export async function listResources(call: Call): Promise<object[]> {
  const views = await listed(call, false)
  return [
    { uri: PROCESSES, name: 'processes', title: 'The processes of this project', mimeType: 'application/json' },
    ...views.slice(0, RESOURCES_MAX).map((view) => {
      const name = call.scope.shown(view.fullName)
      return {
        uri: `${LOGS}${encodeURIComponent(name)}`,
        name,
        title: `The last lines of ${name} (${view.status})`,
        mimeType: 'text/plain',
      }
    }),
  ]
}

export async function readResource(call: Call, uri: unknown): Promise<object> {
  if (typeof uri !== 'string') throw new RpcError(INVALID_PARAMS, '`uri` must be a string')
  if (uri === PROCESSES) {
    const all = (await listed(call, false)).map((view) => summary(view, call.scope))
    const count = fitting(all)
    const text = JSON.stringify(ok({ processes: all.slice(0, count), ...(count < all.length ? { total: all.length } : {}) }))
    return { contents: [{ uri, mimeType: 'application/json', text }] }
  }
  if (!uri.startsWith(LOGS))
    throw new RpcError(RESOURCE_NOT_FOUND, `there is no resource ${uri.slice(0, 200)}; ${PROCESSES} and ${LOGS}NAME are`)
  try {
    const target = await call.scope.one(call.context, nameIn(uri))
    const { lines } = await lastLines(call.context, call.scope, { targets: [target], tail: LINES }, ANSWER_BYTES - 512)
    return { contents: [{ uri, mimeType: 'text/plain', text: lines.join('\n') }] }
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    const { message, hint } = toErrorBody(error)
    throw new RpcError(RESOURCE_NOT_FOUND, hint ? `${message}; ${hint}` : message)
  }
}

function nameIn(uri: string): string {
  try {
    return decodeURIComponent(uri.slice(LOGS.length))
  } catch {
    throw new PtrackError('NOT_FOUND', `cannot read ${uri.slice(0, 200)}: it is no address`)
  }
}
