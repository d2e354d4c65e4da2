/** `ptrack mcp` as an agent has it: the client of the protocol's own SDK over stdio. Each answer is held to its form. */
import { mkdirSync } from 'node:fs'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect } from 'vitest'
import type { ErrorBody } from '../../src/protocol/errors.ts'
import { cliFile } from './bundle.ts'
import type { TestHome } from './daemon.ts'
import { endIdent, identOf } from './proc.ts'

// biome-ignore lint/suspicious/noExplicitAny: an agent reads JSON
type Facts = any

export interface Agent {
  client: Client
  pid: number
  /** The answer of a tool that did what was asked. */
  ok(tool: string, args?: object): Promise<Facts>
  /** The answer of one that did not, with its error. */
  refused(tool: string, args?: object): Promise<{ error: ErrorBody } & Facts>
  close(): Promise<void>
  /** As when its terminal is closed: no word to anybody. */
  kill(): Promise<void>
}

interface AgentOptions {
  name?: string
  /** Below the directory of the home; made if it is missing. */
  directory?: string
  args?: string[]
}

const MAX_BYTES = 8 * 1024

export async function agentOf(t: TestHome, { name = 'agent', directory = 'shop', args = [] }: AgentOptions = {}): Promise<Agent> {
  const cwd = `${t.dir}/${directory}`
  mkdirSync(cwd, { recursive: true })
  const transport = new StdioClientTransport({ command: process.execPath, args: [cliFile, 'mcp', ...args], cwd, env: t.env })
  const client = new Client({ name, version: '1.0.0' })
  await client.connect(transport)
  const pid = transport.pid!
  t.alsoEnd(pid)
  async function call(tool: string, given: object = {}): Promise<Facts> {
    const result = await client.callTool({ name: tool, arguments: given as Record<string, unknown> })
    const [content, ...others] = result.content as { type: string; text: string }[]
    expect(others).toEqual([])
    expect(Buffer.byteLength(content!.text)).toBeLessThanOrEqual(MAX_BYTES)
    const answer = JSON.parse(content!.text)
    expect(answer.ok === true).toBe(answer.error === undefined)
    expect(result.isError === true).toBe(answer.error !== undefined)
    return answer
  }
  return {
    client,
    pid,
    ok: async (tool, given) => {
      const answer = await call(tool, given)
      if (!answer.ok) throw new Error(`${tool} ${JSON.stringify(given)} answered ${JSON.stringify(answer)}`)
      return answer
    },
    refused: async (tool, given) => {
      const answer = await call(tool, given)
      if (answer.ok) throw new Error(`${tool} ${JSON.stringify(given)} was not refused: ${JSON.stringify(answer)}`)
      return answer
    },
    close: () => client.close(),
    kill: async () => {
      await endIdent(identOf(pid)!)
      await client.close()
    },
  }
}
