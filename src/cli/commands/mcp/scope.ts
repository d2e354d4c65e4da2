/** Which processes a server is about: those of the project of its directory, or all. */
import { basename } from 'node:path'
import { PtrackError } from '../../../protocol/errors.ts'
import { notFound } from '../../../protocol/not-found.ts'
import { isKey, isLabel, isPattern } from '../../../protocol/patterns.ts'
import { fullName, projectNameOf, projectOf } from '../../../protocol/project.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'
import { chooseName } from '../../input/project-name.ts'

export class Scope {
  readonly project: string
  /** Absent where the daemon knows the project already. */
  readonly projectDirectory: string | undefined
  readonly all: boolean

  private constructor(project: string, projectDirectory: string | undefined, all: boolean) {
    this.project = project
    this.projectDirectory = projectDirectory
    this.all = all
  }

  /** Asked for anew each time: `up` may give the directory's project another name. */
  static async of(context: Context, all: boolean): Promise<Scope> {
    const { cwd } = context.io
    // Looking starts no daemon.
    const known = (await context.clientIfHome())?.hello.project ?? null
    const project = known ?? chooseName(projectNameOf(basename(cwd)), cwd, await context.request('projects', {}))
    context.names.enter(project)
    return new Scope(project, known === null ? cwd : undefined, all)
  }

  includes(view: { project: string | null }): boolean {
    return this.all || view.project === this.project
  }

  /** As an agent writes it. */
  shown(name: string): string {
    return projectOf(name) === this.project ? name.slice(this.project.length + 1) : name
  }

  /** A word that means the same wherever it is read; what it names may still be outside. */
  selector(word: string): string {
    if (this.all) return word
    if (word === 'all' || word === '.' || word === `${this.project}/`) return `${this.project}/*`
    return word.includes('/') || isKey(word) || isLabel(word) ? word : fullName(this.project, word)
  }

  /** The full name of one that may be gone, as its logs and results stay. */
  async one(context: Context, word: string): Promise<string> {
    const selector = this.selector(word)
    if (this.all || projectOf(selector) === this.project) return selector
    const [view] = await this.views(context, [word])
    return view!.fullName
  }

  /** Answers about one that may be gone, and is then known to its logs or results alone. */
  async about<T>(word: string, asked: Promise<T>): Promise<T> {
    try {
      return await asked
    } catch (error) {
      throw error instanceof PtrackError && error.code === 'NOT_FOUND' && error.details?.target !== undefined
        ? this.outside(word)
        : error
    }
  }

  /** What these words name. NOT_FOUND for one that names nothing, or only what is outside. */
  async views(context: Context, words: readonly string[]): Promise<ProcessView[]> {
    const found = new Map<string, ProcessView>()
    for (const word of words) {
      const own = (await this.listed(context, word)).filter((view) => this.includes(view))
      if (own.length === 0) throw this.outside(word)
      for (const view of own) found.set(view.id, view)
    }
    return [...found.values()]
  }

  async names(context: Context, words: readonly string[]): Promise<string[]> {
    return (await this.views(context, words)).map((view) => view.fullName)
  }

  /** For what acts: a pattern stays one, so that what it does not apply to is left alone. */
  async targets(context: Context, words: readonly string[]): Promise<string[]> {
    const targets: string[] = []
    for (const word of words) {
      const selector = this.selector(word)
      const isOurs = this.all || projectOf(selector) === this.project
      targets.push(...(isOurs && isPattern(selector) ? [selector] : await this.names(context, [word])))
    }
    return targets
  }

  private async listed(context: Context, word: string): Promise<ProcessView[]> {
    try {
      return await context.request('list', { targets: [this.selector(word)], all: true })
    } catch (error) {
      if (!(error instanceof PtrackError) || error.code !== 'NOT_FOUND') throw error
      throw this.outside(word)
    }
  }

  private outside(word: string): PtrackError {
    if (this.all) return notFound(word)
    return new PtrackError('NOT_FOUND', `cannot find '${word}' in the project ${this.project}`, {
      hint: '`list` shows what there is; `ptrack mcp --all` is about every project',
    })
  }
}
