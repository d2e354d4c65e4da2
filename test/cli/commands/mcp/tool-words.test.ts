/** Advice to a shell, as an agent reads it. */
import { expect, test } from 'vitest'
import { takes, text, whole } from '../../../../src/cli/commands/mcp/schema.ts'
import type { Tool } from '../../../../src/cli/commands/mcp/tool.ts'
import { ToolWords } from '../../../../src/cli/commands/mcp/tool-words.ts'

const tool = (name: string, ...takesToo: string[]): Tool => ({
  name,
  title: name,
  description: name,
  schema: takes(Object.fromEntries([...takesToo.map((each) => [each, text(each)]), ['timeout', whole('seconds', 0, 600)]])),
  needs: 'list',
  hints: {},
  limitMs: () => 0,
  call: async () => ({ ok: true }),
})
const wait = tool('wait', 'name')
const names = ['list', 'logs', 'why', 'restart', 'ports', 'orphans', 'kill_orphan', 'up']
const offered = [...names.map((name) => tool(name, 'name')), tool('run', 'name', 'command'), wait]
const words = new ToolWords(offered)

test.each([
  ['`ptrack logs web` shows what it wrote', '`logs(name: "web")` shows what it wrote'],
  ['`ptrack logs -f web`', '`logs(name: "web")`'],
  ['`ptrack start web` starts it again', '`restart(name: "web")` starts it again'],
  ['`ptrack ls --all` shows what there is', '`list` shows what there is'],
  ['`ptrack port 3000`', '`ports(port: 3000)`'],
  ['`ptrack run --replace --name lint -- COMMAND` takes its place', '`run(name: "lint", command: COMMAND)` takes its place'],
  ['--timeout gives it more time', '`timeout` gives it more time'],
  ['`ptrack wait web --timeout 5m`', '`wait(name: "web", timeout: "5m")`'],
  // What no tool does stays a command of the shell, with its options.
  ['`ptrack set web --tty` gives it one', '`ptrack set web --tty` gives it one'],
  ['`ptrack delete web` makes room', '`ptrack delete web` makes room'],
  ['`ptrack restart web --update-env`', '`ptrack restart web --update-env`'],
  ['--tail is none of its arguments', '--tail is none of its arguments'],
  // A tool that this role does not have.
  ['`ptrack stop web`', '`ptrack stop web`'],
])('%s', (sentence, said) => {
  expect(words.text(sentence, wait)).toBe(said)
})

test('in an answer sentences are worded, and what a program wrote stays', () => {
  const line = 'run `ptrack logs web` and --timeout 5'
  expect(
    words.answer(
      { error: { code: 'FAILED', message: line, hint: line }, lines: [line], processes: [{ note: line, name: line }] },
      wait,
    ),
  ).toEqual({
    error: {
      code: 'FAILED',
      message: 'run `logs(name: "web")` and `timeout` 5',
      hint: 'run `logs(name: "web")` and `timeout` 5',
    },
    lines: [line],
    processes: [{ note: 'run `logs(name: "web")` and `timeout` 5', name: line }],
  })
})
