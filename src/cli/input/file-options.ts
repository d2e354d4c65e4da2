/** Options of the commands that read files which describe processes. */
import type { Command } from 'commander'
import { collect } from './parse.ts'

export const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
export const UP_TIMEOUT = 'how long to wait for dependencies (default: 5m, then exit 6); processes still start once they can'
export const withFile = (command: Command): Command =>
  command.option('-f, --file <file>', 'the file (default: ptrack.yaml in this directory or above)')
export const withProject = (command: Command): Command =>
  command.option(
    '--project <name>',
    'the project of the file (default: its `project:`, or the name of its directory); none: no project',
  )
export const withProfile = (command: Command): Command =>
  command.option(
    '--profile <name>',
    'include the processes of this profile (repeatable)',
    collect((text) => text),
  )
