/** Sentences are worded for people at a shell; to an agent the same advice names the tools and their arguments. */
import type { Answer } from './answer.ts'
import type { Tool } from './tool.ts'

/** Fields of an answer that hold sentences of ptrack, and none of a program. */
const SENTENCES = new Set(['message', 'hint', 'note', 'notes', 'reason', 'notices', 'lastError'])

/** By the verb of the command: the tool that does it, and which of its arguments the words are. Other commands have no tool. */
const TOOLS: Readonly<Record<string, { tool: string; operand?: string; commandFollows?: true; needsOperand?: true }>> = {
  down: { tool: 'down' },
  'kill-orphan': { tool: 'kill_orphan', operand: 'pid' },
  logs: { tool: 'logs', operand: 'name' },
  ls: { tool: 'list' },
  orphans: { tool: 'orphans' },
  port: { tool: 'ports', operand: 'port' },
  progress: { tool: 'progress', operand: 'name' },
  restart: { tool: 'restart', operand: 'name' },
  results: { tool: 'results', operand: 'name' },
  run: { tool: 'run', commandFollows: true },
  send: { tool: 'send', operand: 'name' },
  start: { tool: 'start', commandFollows: true },
  stop: { tool: 'stop', operand: 'name' },
  cancel: { tool: 'stop', operand: 'name', needsOperand: true },
  up: { tool: 'up' },
  wait: { tool: 'wait', operand: 'name' },
  why: { tool: 'why', operand: 'name' },
}
/** Without a counterpart, as the tool does so in any case. */
const IMPLIED = new Set(['--all', '--json', '--replace', '-d', '-f', '--if-missing', '--wait'])

/** `logs web` is called as `logs(name: "web")`; null where no tool does that. */
function asCall(line: string, offered: ReadonlyMap<string, Tool>): string | null {
  const words = line.split(' ')
  // A start by name: the tool starts what is stopped, too.
  const verb = words[0] === 'start' && words.length === 2 && words[1] !== '--' ? 'restart' : words[0]!
  const known = Object.hasOwn(TOOLS, verb) ? TOOLS[verb] : undefined
  const tool = known && offered.get(known.tool)
  if (known === undefined || tool === undefined) return null
  const given: string[] = []
  const rest = words.slice(1)
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--' && known.commandFollows) {
      given.push(`command: ${rest.join(' ')}`)
      break
    }
    if (IMPLIED.has(word)) continue
    const option = word.startsWith('--') ? argumentOf(word, tool) : null
    if (option !== null && rest.length > 0) given.push(`${option}: ${JSON.stringify(rest.shift())}`)
    else if (!word.startsWith('-') && known.operand !== undefined && given.length === 0)
      given.push(`${known.operand}: ${/^\d+$/.test(word) ? word : JSON.stringify(word)}`)
    else return null
  }
  if (known.needsOperand && given.length === 0) return null
  return given.length === 0 ? known.tool : `${known.tool}(${given.join(', ')})`
}

/** `--dry-run` is `dryRun`; null where the tool takes none of that name. */
function argumentOf(option: string, { schema }: Tool): string | null {
  const name = option.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.hasOwn(schema.properties, name) ? name : null
}

const MENTION = /`ptrack ([^`]+)`|(?<![\w-])--[a-z][a-z-]+/g

export class ToolWords {
  private readonly offered: ReadonlyMap<string, Tool>

  constructor(offered: readonly Tool[]) {
    this.offered = new Map(offered.map((tool) => [tool.name, tool]))
  }

  /** A sentence in the answer of this tool. */
  text(sentence: string, tool: Tool): string {
    return sentence.replace(MENTION, (mention, line: string | undefined) => {
      if (line === undefined) {
        const name = argumentOf(mention, tool)
        return name === null ? mention : `\`${name}\``
      }
      const call = asCall(line, this.offered)
      return call === null ? mention : `\`${call}\``
    })
  }

  answer(answer: Answer, tool: Tool): Answer {
    return this.worded(answer, tool, false) as Answer
  }

  private worded(value: unknown, tool: Tool, isSentence: boolean): unknown {
    if (typeof value === 'string') return isSentence ? this.text(value, tool) : value
    if (Array.isArray(value)) return value.map((each) => this.worded(each, tool, isSentence))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.worded(each, tool, SENTENCES.has(key))]))
  }
}
