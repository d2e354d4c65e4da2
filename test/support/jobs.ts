/** Words for tests about jobs: defining them through the client, and counting their runs by what they wrote themselves. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../src/client/client.ts'
import { connect } from '../../src/client/connect.ts'
import type { Input, Reply } from '../../src/protocol/requests.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome } from './daemon.ts'

type DefinitionInput = NonNullable<Input<'start'>['definition']>

/** The daemon of a home, started when there is none. */
export async function clientOf(t: TestHome): Promise<Client> {
  await t.here.ok(['daemon', 'start'])
  return connect({ home: t.home })
}

export async function define(
  t: TestHome,
  client: Client,
  definition: Partial<DefinitionInput> & { name: string; command: string[] },
  more: Partial<Omit<Input<'start'>, 'definition'>> = {},
): Promise<Reply<'start'>[number]> {
  const results = await client.request('start', {
    definition: { kind: 'job', cwd: t.dir, ...definition },
    env: { caller: { PATH: process.env.PATH! }, set: {} },
    ...more,
  })
  return results[0]!
}

/** A program that notes each of its runs, and works until the test lets it end. */
export function gated(t: TestHome, name: string) {
  const gate = join(t.dir, `${name}.gate`)
  const notes = join(t.dir, `${name}.runs`)
  return {
    command: [program('tells-its-runs.sh'), notes, gate],
    // Renamed into place: the program must not find it empty.
    end: (code: number): void => {
      writeFileSync(`${gate}.new`, String(code))
      renameSync(`${gate}.new`, gate)
    },
    /** Numbers of the runs it had, in their order. */
    runs: (): number[] =>
      existsSync(notes)
        ? readFileSync(notes, 'utf8')
            .trim()
            .split('\n')
            .map((line) => Number(line.split(' ')[1]))
        : [],
  }
}

export async function viewOf(client: Client, name: string): Promise<ProcessView> {
  return (await client.request('list', { targets: [name] }))[0]!
}

/** Waits until the views of these say so. */
export function reachesAll(t: TestHome, client: Client, wanted: Record<string, ProcessView['status']>): Promise<ProcessView[]> {
  const names = Object.keys(wanted)
  return t.until(
    async () => {
      const views = await client.request('list', { targets: names })
      return views.every((view) => view.status === wanted[view.name]) ? views : false
    },
    `they are ${JSON.stringify(wanted)}`,
    30_000,
  )
}
