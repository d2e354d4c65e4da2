/** docs/agents.md and the skill for agents: their commands, as an agent follows them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { type Reader, testDocument } from '../support/document.ts'

testDocument('docs/agents.md', {
  claims: [
    [
      '--write',
      (_, { dir }) => expect(JSON.parse(readFileSync(join(dir, '.mcp.json'), 'utf8')).mcpServers.ptrack.args[0]).toBe('mcp'),
    ],
  ],
})

/** A project as an agent finds it: a dev server that takes --port, a linter and tests. */
async function project({ dir }: Reader): Promise<void> {
  const scripts = { dev: 'node dev.mjs', lint: 'node -e 0', test: 'node -p 1+1' }
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'site', version: '1.0.0', scripts }))
  writeFileSync(join(dir, 'dev.mjs'), DEV_SERVER)
}

const DEV_SERVER = `import { createServer } from 'node:http'
const port = Number(process.argv[process.argv.indexOf('--port') + 1])
createServer((_, response) => response.end('hello')).listen(port, '127.0.0.1', () => {
  console.log('  Local:   http://localhost:' + port + '/')
})
`

const web = async ({ home }: Reader): Promise<ProcessView> => (await home.ls('web'))!

testDocument('skills/ptrack/SKILL.md', {
  before: project,
  claims: [
    [
      'start --if-missing',
      async (_, reader) => {
        const { fullName, status, health, ports } = await web(reader)
        expect([fullName, status, health]).toEqual(['site/web', 'running', 'healthy'])
        expect(await (await fetch(`http://127.0.0.1:${ports[0]!.port}`)).text()).toBe('hello')
      },
    ],
    ['--cursor', (output) => expect(output.match(/http:\/\/localhost:\d+\//g)).toHaveLength(2)],
    ['wait test', (output) => expect(output).toMatch(/^2$/m)],
    ['ptrack why', (output) => expect(output).toContain('web')],
    ['ptrack restart', async (_, reader) => expect(await web(reader)).toMatchObject({ status: 'stopped' })],
  ],
})
