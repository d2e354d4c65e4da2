/** The Model Context Protocol: what is offered, and each call with a context of its own. */

import { formatDuration } from '../../../protocol/duration.ts'
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import type { Role } from '../../../protocol/names.ts'
import { VERBS } from '../../../protocol/verbs.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { Context } from '../../context.ts'
import { type Answer, failed, within } from './answer.ts'
import { listResources, readResource, TEMPLATES } from './resources.ts'
import { INVALID_PARAMS, METHOD_NOT_FOUND, type Peer, RpcError } from './rpc.ts'
import { checked } from './schema.ts'
import { Scope } from './scope.ts'
import type { Session } from './session.ts'
import { type Call, QUICK_MS, type Tool } from './tool.ts'
import { ToolWords } from './tool-words.ts'
import { acting } from './tools/acting.ts'
import { ofFiles } from './tools/files.ts'
import { looking } from './tools/looking.ts'
import { logs } from './tools/reading-logs.ts'
import { starting } from './tools/starting.ts'

/** Newest first; what a client speaks beside these is answered with the newest. */
const PROTOCOLS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']

const TOOLS: readonly Tool[] = [...starting, logs, ...looking, ...acting, ...ofFiles]

const INSTRUCTIONS = `Runs the processes of this project: dev servers, databases, workers, builds and tests. They outlive a shell and a crash of the daemon.
- \`list\` first: what you want may run already. \`start\` is safe to repeat: the same definition answers with what runs.
- A service gets \`start\` (give its port, then "ready" means that it listens), a command with an end \`run\`, a file \`up\`.
- Something wrong? \`why\`, then \`logs\`. \`logs\` with the \`cursor\` of the last answer gives only what is new.
- What you start is ended soon after you are gone, unless it has \`keep\`.
- An answer is {"ok": true, ..} or {"error": {"code", "message", "hint"}}; \`cursor\` in it: there is more.`

export interface ServerOptions {
  all: boolean
  role: Role
  directory: string
}

type Params = Record<string, unknown>

export class Server implements Peer {
  private readonly base: Context
  private readonly options: ServerOptions
  private readonly session: Session
  private readonly words: ToolWords

  constructor(base: Context, options: ServerOptions, session: Session) {
    this.base = base
    this.options = options
    this.session = session
    this.words = new ToolWords(this.offered())
  }

  notified(): void {
    // `initialized`, and what later versions may add: nothing depends on them.
  }

  async request(method: string, params: Params, signal: AbortSignal): Promise<unknown> {
    switch (method) {
      case 'initialize':
        return this.initialize(params)
      case 'ping':
        return {}
      case 'tools/list':
        return { tools: this.offered().map(described) }
      case 'tools/call':
        return this.callTool(params, signal)
      case 'resources/list':
        return { resources: await this.withContext('list', QUICK_MS, signal, listResources) }
      case 'resources/templates/list':
        return { resourceTemplates: TEMPLATES }
      case 'resources/read':
        return this.withContext('read', QUICK_MS, signal, (call) => readResource(call, params.uri))
      default:
        throw new RpcError(METHOD_NOT_FOUND, `there is no method ${method}`)
    }
  }

  private initialize({ protocolVersion, clientInfo }: Params): unknown {
    this.session.client((clientInfo as { name?: unknown } | undefined)?.name)
    return {
      protocolVersion: PROTOCOLS.includes(protocolVersion as string) ? protocolVersion : PROTOCOLS[0],
      capabilities: { tools: {}, resources: {} },
      serverInfo: { name: 'ptrack', title: 'ptrack', version: VERSION },
      instructions: INSTRUCTIONS,
    }
  }

  private may({ needs }: Tool): boolean {
    const { role } = this.options
    return role === 'admin' || VERBS[needs][role] !== 'none'
  }

  private offered(): Tool[] {
    return TOOLS.filter((tool) => this.may(tool))
  }

  private async callTool({ name, arguments: given = {} }: Params, signal: AbortSignal): Promise<unknown> {
    const tool = TOOLS.find((each) => each.name === name)
    if (tool === undefined) throw new RpcError(INVALID_PARAMS, `there is no tool ${JSON.stringify(name)}`)
    const answer = within(this.words.answer(await this.answerOf(tool, given, signal), tool))
    return { content: [{ type: 'text', text: JSON.stringify(answer) }], ...('error' in answer ? { isError: true } : {}) }
  }

  private async answerOf(tool: Tool, given: unknown, signal: AbortSignal): Promise<Answer> {
    try {
      if (!this.may(tool))
        throw new PtrackError('DENIED', `cannot ${tool.name}: this server was started with --role ${this.options.role}`, {
          hint: 'what only looks works: list, logs, why, wait, ports, progress, results',
        })
      const args = checked(tool.name, tool.schema, given)
      return await this.withContext(tool.name, tool.limitMs(args), signal, (call) => tool.call(call, args))
    } catch (error) {
      return failed(toErrorBody(error))
    }
  }

  /** Notes that a command prints beside its data are part of the answer. */
  private async withContext<T extends object>(
    what: string,
    limitMs: number,
    signal: AbortSignal,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    const notes: string[] = []
    const open: Context[] = []
    const anew = (json: boolean, out: (text: string) => void): Context => {
      const context = this.base.anew(
        {
          cwd: this.options.directory,
          out,
          err: (text) => void notes.push(text.trim().replace(/^ptrack: /, '')),
          pour: (stream, data) => {
            if (stream === 'out') out(String(data))
            return null
          },
          stdoutIsTty: false,
          stderrIsTty: false,
          columns: () => null,
          stderrColumns: () => null,
          // Stdin is the client's.
          stdinKind: () => 'empty',
        },
        json,
      )
      open.push(context)
      return context
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new PtrackError('TIMED_OUT', `cannot ${what} within ${formatDuration(limitMs)}: there is no answer yet`, {
              hint: 'what was asked for goes on; `list` shows how it stands',
            }),
          ),
        limitMs,
      )
    })
    const gone = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('cancelled')), { once: true })
    })
    let context: Context | null = null
    try {
      context = anew(false, () => undefined)
      const own = context
      const done = async (): Promise<T> => {
        const call: Call = {
          context: own,
          scope: await Scope.of(own, this.options.all),
          directory: this.options.directory,
          printing: async (act) => {
            let printed = ''
            await act(
              anew(true, (text) => {
                printed += text
              }),
            )
            return JSON.parse(printed) as unknown
          },
          starting: (keep) => (keep ? own : this.session.owning(own)),
        }
        return work(call)
      }
      const answer = await Promise.race([done(), late, gone])
      return notes.length > 0 && 'ok' in answer ? { ...answer, notes: notes.slice(0, 5) } : answer
    } catch (error) {
      throw context?.names.error(error) ?? error
    } finally {
      clearTimeout(timer)
      // What is still asked for ends with its connection.
      for (const each of open) each.close()
    }
  }
}

const described = ({ name, title, description, schema, hints }: Tool): unknown => ({
  name,
  title,
  description,
  inputSchema: schema,
  annotations: {
    title,
    readOnlyHint: hints.reads === true,
    ...(hints.reads ? {} : { destructiveHint: hints.destroys === true }),
    idempotentHint: hints.again === true,
    openWorldHint: false,
  },
})
