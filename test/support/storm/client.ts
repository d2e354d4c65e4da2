/**
 * One of the clients of a storm: it types one command after the other, chosen by chance, at processes of its own, and keeps what it
 * was promised. Exit 0 is a promise; after anything else both outcomes are allowed.
 */
import { program, type TestHome } from '../daemon.ts'
import { isAlive } from '../proc.ts'

/** What the last commands promised about one process or set; null: not known, because a command was not acknowledged. */
interface Promised {
  instances: number | null
  up: boolean | null
  title: string | null
}
interface Service extends Promised {
  name: string
  /** Options and command of its definition. */
  words: string[]
}
export interface Job {
  name: string
  rows: number
  code: number
  acknowledged: boolean
}
export interface StormFiles {
  /** A line for each run of each job. */
  runs: string
  /** A file for each run of a service: how many lines it has written. */
  counts: string
}

const SHARED = ['--stop-timeout', '2s', '--restart-delay', '100ms']

export class StormClient {
  readonly services: Service[]
  readonly jobs: Job[] = []
  /** Commands by name and exit code, for a person. */
  readonly exits = new Map<string, number>()
  readonly broken: string[] = []
  private readonly t: TestHome
  private readonly letter: string
  private readonly random: () => number
  private readonly files: StormFiles

  constructor(t: TestHome, letter: string, random: () => number, files: StormFiles) {
    this.t = t
    this.letter = letter
    this.random = random
    this.files = files
    const lines = ['--', program('numbers-its-lines.py'), files.counts]
    const service = (name: string, words: string[]): Service => ({
      name: `${letter}-${name}`,
      words: [...SHARED, ...words],
      instances: null,
      up: null,
      title: null,
    })
    this.services = [
      service('fork', [...lines, 'double-fork']),
      service('port', ['--port', 'auto', ...lines]),
      service('fat', ['--log-max', '64K', '--log-keep', '1000', ...lines, 'fat']),
      service('set', ['--instances', '2', ...lines]),
    ]
  }

  async begin(): Promise<void> {
    for (const service of this.services) await this.start(service)
  }

  async work(going: () => boolean): Promise<void> {
    while (going()) {
      if (this.random() < 0.4) await this.job()
      else await this.change(this.pick(this.services))
    }
  }

  /** Lets chance choose of the same things in the same order. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!
  }

  private async type(words: string[]): Promise<boolean> {
    const { code, signal, stderr } = await this.t.run(words, { timeoutMs: 60_000 })
    const key = `${words[0]} ${code ?? signal}`
    this.exits.set(key, (this.exits.get(key) ?? 0) + 1)
    // 5: the daemon died meanwhile. All other refusals must have a reason that the storm gave: it kills leaders, too.
    if (code !== 0 && code !== 5 && !(code === 1 && stderr.includes(': killed by SIGKILL')))
      this.broken.push(`${words.slice(0, 4).join(' ')} exited with ${code ?? signal}: ${stderr.trim()}`)
    return code === 0
  }

  private async job(): Promise<void> {
    const rows = Math.floor(this.random() * 4)
    const job: Job = {
      name: `${this.letter}-job-${this.jobs.length}`,
      rows,
      code: Math.floor(this.random() * 3),
      acknowledged: false,
    }
    this.jobs.push(job)
    const pause = (this.random() * 0.2).toFixed(3)
    job.acknowledged = await this.type([
      'run',
      '-d',
      '--name',
      job.name,
      '--',
      program('numbered-job.sh'),
      this.files.runs,
      job.name,
      `${rows}`,
      `${job.code}`,
      pause,
    ])
  }

  private async start(service: Service): Promise<void> {
    Object.assign(service, { instances: null, up: null, title: null })
    if (await this.type(['start', '--name', service.name, ...service.words]))
      Object.assign(service, { instances: service.name.endsWith('-set') ? 2 : 1, up: true })
  }

  private async change(service: Service): Promise<void> {
    const { name } = service
    // After a command that was not acknowledged it is there, or it is not, or in part: this makes it one of them.
    if (service.instances === null) return this.again(service)
    const set = name.endsWith('-set')
    const verb = this.pick(['start', 'stop', 'stop', 'restart', 'reload', 'set', 'again', set ? 'scale' : 'restart'] as const)
    if (verb === 'again') return this.again(service)
    if (verb === 'set') {
      const title = `title ${Math.floor(this.random() * 1e6)}`
      service.title = null
      if (await this.type(['set', name, '--title', title])) service.title = title
      return
    }
    if (verb === 'scale') {
      const count = 1 + Math.floor(this.random() * 3)
      const { up } = service
      Object.assign(service, { instances: null, up: null })
      // Sets that are stopped: `scale` starts what it adds, so only a set that is up has one known state.
      if (await this.type(['scale', name, `${count}`]))
        Object.assign(service, { instances: count, up: up === true ? true : null })
      return
    }
    service.up = null
    if (!(await this.type([verb, name]))) return
    service.up = verb !== 'stop'
    if (verb === 'stop') await this.holds(service, `stop ${name}`)
  }

  private async again(service: Service): Promise<void> {
    Object.assign(service, { instances: null, up: null, title: null })
    const mine = await this.viewsOf(service)
    if (mine.length > 0) {
      if (!(await this.type(['delete', service.name]))) return
      this.nothingOf(
        mine.map((view) => view.id),
        `delete ${service.name}`,
      )
    }
    await this.start(service)
  }

  private async holds(service: Service, what: string): Promise<void> {
    this.nothingOf(
      (await this.viewsOf(service)).map((view) => view.id),
      what,
    )
  }

  private async viewsOf(service: Service): Promise<{ id: string; name: string }[]> {
    const views = await this.t.here.json<{ id: string; name: string }[]>(['ls', '--all'])
    if (!Array.isArray(views)) throw new Error(`cannot list: ${JSON.stringify(views)}`)
    return views.filter((view) => view.name === service.name || view.name.startsWith(`${service.name}:`))
  }

  private nothingOf(ids: string[], what: string): void {
    const left = this.t.processes().filter((one) => one.id !== null && ids.includes(one.id) && isAlive(one))
    if (left.length > 0) this.broken.push(`${what} was acknowledged, and of it lives ${JSON.stringify(left)}`)
  }
}
