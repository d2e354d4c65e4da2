/** Processes as a Procfile, which has only names and shell lines. */

import { joinWords } from '../protocol/shell-words.ts'
import { distinctNames } from './distinct.ts'
import type { FileProcess } from './file-process.ts'

export function procfileText(processes: readonly FileProcess[]): { text: string; notes: string[] } {
  const notes: string[] = []
  const called = distinctNames(
    processes.map(({ definition }) => definition.name),
    (name) => name.replace(/[^A-Za-z0-9_-]/g, '-'),
  )
  const lines = processes.map(({ definition, env, instances }) => {
    const { name: own, command, cwd, ...rest } = definition
    const name = called.get(own)!
    if (name !== own) notes.push(`${own} is called ${name}: a Procfile knows letters, digits, _ and - in names`)
    const lost = Object.keys(rest)
    if (Object.keys(env).length > 0) lost.push(`env (${Object.keys(env).join(', ')})`)
    if (instances > 1) lost.push(`instances (${instances}: start it with -m ${name}=${instances})`)
    if (lost.length > 0) notes.push(`${own}: a Procfile cannot say ${lost.join(', ')}`)
    const words =
      command.length === 3 && command[0] === '/bin/sh' && command[1] === '-c' && !command[2]!.includes('\n')
        ? command[2]!
        : joinWords(command)
    if (words.includes('\n')) notes.push(`${own}: its command goes over several lines and is left out`)
    return words.includes('\n') ? null : `${name}: cd ${joinWords([cwd])} && ${words}`
  })
  return {
    text: lines
      .filter((line) => line !== null)
      .map((line) => `${line}\n`)
      .join(''),
    notes,
  }
}
