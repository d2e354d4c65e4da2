/** Arguments that several tools take. */
import { choice, type Field, flag, text } from '../schema.ts'
import { TIMEOUT_MAX } from '../tool.ts'

export const name: Field = text('name of a process, as `list` shows it', 200)
export const names: Field = {
  anyOf: [
    { type: 'string', minLength: 1, maxLength: 200 },
    { type: 'array', items: { type: 'string', minLength: 1, maxLength: 200 }, minItems: 1, maxItems: 100 },
  ],
  description: 'a name, several, a glob such as `api*`, or `all`',
}
export const cursor: Field = text('the `cursor` of the last answer: what follows it', 2000)

export const timeout = (seconds: number, what: string): Field => ({
  type: 'number',
  minimum: 0,
  maximum: TIMEOUT_MAX,
  default: seconds,
  description: `seconds to wait ${what}`,
})

export const command: Field = {
  anyOf: [
    { type: 'string', minLength: 1, maxLength: 32_768 },
    { type: 'array', items: { type: 'string', maxLength: 32_768 }, minItems: 1, maxItems: 1000 },
  ],
  description: 'a command line for /bin/sh, or a list of the program and its arguments',
}
export const cwd: Field = text('working directory, relative to the project (default: its directory)')
export const env: Field = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: 131_072 },
  maxProperties: 200,
  description: 'environment variables beside those of this server',
}
export const keep: Field = flag('it stays when this client is gone; otherwise it is ended soon after')
export const file: Field = text('the file (default: ptrack.yaml, Procfile or the like in the directory or above)')
export const streams: Field = choice('only this stream', ['out', 'err'])
