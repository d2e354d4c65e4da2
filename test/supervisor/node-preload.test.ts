/** Which programs get `process.send`. What it then does is tested with real ones in test/e2e/node-preload.test.ts. */
import { expect, test } from 'vitest'
import { preloadOptions } from '../../src/supervisor/node-preload.ts'

const FILE = '/opt/p t/dist/ptrack-preload.cjs'
const asked = (command: string[], present?: string, more: { user?: string; group?: string } = {}, file: string | null = FILE) =>
  preloadOptions({ command, user: null, group: null, ...more }, { ready: file, sockets: null }, present)
const OURS = `--require "${FILE}"`

test.each([
  [['node', 'app.js'], undefined, OURS],
  [['/usr/bin/node', '--inspect', 'app.js'], undefined, OURS],
  [['node', 'app.js'], '--max-old-space-size=512', `${OURS} --max-old-space-size=512`],
  [['node', 'app.js'], '', OURS],
  [['node'], undefined, null],
  [['npm', 'start'], undefined, null],
  [['npx', 'node', 'app.js'], undefined, null],
  [['sh', '-c', 'node app.js'], undefined, null],
  [['nodemon', 'app.js'], undefined, null],
  [['python3', 'node'], undefined, null],
  [['node', '--permission', 'app.js'], undefined, null],
  [['node', '--experimental-permission', 'app.js'], undefined, null],
  [['node', 'app.js'], '--permission', null],
] as [string[], string | undefined, string | null][])('%j with NODE_OPTIONS %j', (command, present, expected) => {
  expect(asked(command, present)).toBe(expected)
})

test('never where the file cannot be read, or perhaps not by the user of the program', () => {
  expect(asked(['node', 'app.js'], undefined, {}, null)).toBe(null)
  expect(asked(['node', 'app.js'], undefined, { user: 'www' })).toBe(null)
  expect(asked(['node', 'app.js'], undefined, { group: 'www' })).toBe(null)
})
