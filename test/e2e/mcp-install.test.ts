/** mcp install: what a client needs, shown or written beside what is there. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandPath } from '../support/command-path.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
let PATH: string
beforeAll(async () => {
  t = await testHome()
  PATH = commandPath(t)
})
afterAll(async () => {
  await t?.close()
})

const read = (file: string) => JSON.parse(readFileSync(join(t.dir, file), 'utf8'))
const install = (...args: string[]) => t.here.ok(['mcp', 'install', ...args], { env: { PATH } })

test('shown, nothing is written; written, the rest of the file stays', async () => {
  const { stdout } = await install()
  expect(JSON.parse(stdout)).toEqual({
    mcpServers: { ptrack: { type: 'stdio', command: 'ptrack', args: ['mcp', '--home', t.home] } },
  })
  expect(existsSync(join(t.dir, '.mcp.json'))).toBe(false)

  mkdirSync(join(t.dir, '.cursor'))
  writeFileSync(join(t.dir, '.cursor/mcp.json'), '{"mcpServers":{"other":{"command":"x"}},"more":1}')
  expect((await install('--client', 'cursor', '--write')).stdout).toBe(`${t.dir}/.cursor/mcp.json written; restart cursor\n`)
  const server = { type: 'stdio', command: 'ptrack', args: ['mcp', '--home', t.home, '--directory', '${workspaceFolder}'] }
  expect(read('.cursor/mcp.json')).toEqual({ mcpServers: { other: { command: 'x' }, ptrack: server }, more: 1 })
  expect((await install('--client', 'cursor', '--write')).stdout).toBe(`${t.dir}/.cursor/mcp.json says so already\n`)

  await install('--client', 'vscode', '--write')
  expect(read('.vscode/mcp.json')).toEqual({ servers: { ptrack: server } })
})

test('Codex: a table behind what is there, once; what says otherwise is left alone', async () => {
  const file = join(t.dir, '.codex/config.toml')
  const table = `[mcp_servers.ptrack]\ncommand = "ptrack"\nargs = ["mcp","--home","${t.home}"]\ntool_timeout_sec = 610\n`
  expect((await install('--client', 'codex')).stdout).toBe(table)
  mkdirSync(join(t.dir, '.codex'))
  const mine = '# mine\nmodel = "o9"\n\n[mcp_servers.other]\ncommand = "x"'
  writeFileSync(file, mine)
  expect((await install('--client', 'codex', '--write')).stdout).toBe(
    `${file} written; restart codex and trust this folder there\n`,
  )
  expect(readFileSync(file, 'utf8')).toBe(`${mine}\n\n${table}`)
  expect((await install('--client', 'codex', '--write')).stdout).toBe(`${file} says so already\n`)
  for (const other of [
    '[mcp_servers.ptrack]\ncommand = "mine"\n',
    'mcp_servers = { a = { command = "x" } }\n',
    'mcp_servers.a.command = "x"\n',
  ]) {
    writeFileSync(file, other)
    const { code, stderr } = await t.here.run(['mcp', 'install', '--client', 'codex', '--write'], { env: { PATH } })
    expect([code, stderr]).toEqual([2, expect.stringContaining('nothing was changed')])
    expect(readFileSync(file, 'utf8')).toBe(other)
  }
})

test('a file that it could not write again as it was is left to its owner', async () => {
  const file = join(t.dir, '.mcp.json')
  writeFileSync(file, '{ // mine\n}')
  const { code, stderr } = await t.here.run(['mcp', 'install', '--write'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('what is there is no plain JSON object; leave out --write')])
  expect(readFileSync(file, 'utf8')).toBe('{ // mine\n}')
})

test('what it writes is a server that answers, also without ptrack in the PATH', async () => {
  const { stdout } = await t.here.ok(['mcp', 'install'], { env: { PATH: '/nonexistent' } })
  const { command, args } = JSON.parse(stdout).mcpServers.ptrack as { command: string; args: string[] }
  expect(command).toBe(process.execPath)
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
  expect((await t.run(args.slice(1), { cli: args[0]!, input: ping })).stdout).toBe('{"jsonrpc":"2.0","id":1,"result":{}}\n')
})
