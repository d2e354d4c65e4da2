/**
 * For people, a process of this directory's project is called as in its file, and one of another project by its full name. JSON keeps
 * both.
 */
import { type ErrorBody, PtrackError } from '../../protocol/errors.ts'
import { type Named, projectOf, shortName } from '../../protocol/project.ts'

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isNamed = (value: Record<string, unknown>): value is Record<string, unknown> & Named =>
  'fullName' in value && 'project' in value

/** Sentences for people in a reply. */
const SENTENCES = ['note', 'reason', 'unmanagedReason'] as const

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

export class ShownNames {
  /** The project in which names are short; null = none, undefined = that of the directory is not known yet. */
  private here: string | null | undefined
  /** Full names of processes here. A sentence may also hold a path that begins like one. */
  private readonly known = new Set<string>()
  private pattern: RegExp | null = null
  private readonly json: boolean
  /** Several nodes are shown together: each line says whose it is. */
  several = false

  constructor(json: boolean) {
    this.json = json
  }

  /** That of a file in hand, or of the option; it replaces that of the directory. */
  enter(project: string | null): void {
    if (this.json) return
    this.here = project
    this.pattern = project === null ? null : new RegExp(`(?<![\\w./-])${escaped(project)}/[\\w.@:+-]+`, 'g')
  }

  /** Of the directory, as the daemon says. */
  found(project: string | null): void {
    if (this.here === undefined) this.enter(project)
  }

  learn(fullName: string): void {
    if (this.here && projectOf(fullName) === this.here) this.known.add(fullName)
  }

  name(fullName: string): string {
    return this.here && projectOf(fullName) === this.here ? shortName(fullName) : fullName
  }

  /** A sentence with full names in it. */
  text(sentence: string): string {
    if (this.pattern === null) return sentence
    return sentence.replace(this.pattern, (match) => {
      const name = match.replace(/[.:+-]+$/, '')
      const isKnown = this.known.has(name) || this.known.has(`${name}:0`) || this.known.has(name.replace(/:\d+$/, ''))
      return isKnown ? shortName(name) + match.slice(name.length) : match
    })
  }

  /** Replies that name no processes are returned as they are. */
  reply<T>(reply: T): T {
    if (this.json) return reply
    return (Array.isArray(reply) ? reply.map((each) => this.shown(each)) : reply) as T
  }

  /** An error of another kind as it is. */
  error(error: unknown): unknown {
    if (!(error instanceof PtrackError)) return error
    const { message, hint } = this.body({ code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) })
    if (message === error.message && hint === error.hint) return error
    return new PtrackError(error.code, message, { hint, details: error.details, cause: error.cause })
  }

  private body(error: ErrorBody): ErrorBody {
    return { ...error, message: this.text(error.message), ...(error.hint ? { hint: this.text(error.hint) } : {}) }
  }

  private shown(value: unknown): unknown {
    if (!isObject(value)) return value
    if (isNamed(value)) this.learn(value.fullName)
    const shown: Record<string, unknown> = { ...value }
    if (isNamed(value)) shown.name = this.name(value.fullName)
    if (isObject(value.view)) shown.view = this.shown(value.view)
    if (isObject(value.error)) shown.error = this.body(value.error as unknown as ErrorBody)
    for (const field of SENTENCES) if (typeof value[field] === 'string') shown[field] = this.text(value[field])
    return shown
  }
}
