/** How processes of another node are called here: NAME@NODE; and what is said about them. */
import { PtrackError } from '../../../protocol/errors.ts'
import { ShownNames } from '../../output/shown-names.ts'

/** These are about this machine, wherever they are typed. */
const LOCAL_WORDS = 'daemon|dev|doctor|down|fleet|systemd|config|context|token|up|web'
const ADVICE = new RegExp(`\`ptrack (?!(?:${LOCAL_WORDS})\\b)([a-z-]+)\\b(?! --node)`, 'g')
/** They name the node already. */
const OF_THE_WAY: ReadonlySet<string> = new Set(['NODE_AWAY', 'BUS_DOWN', 'NO_FLEET', 'VERSION_SKEW'])

export class NodeNames extends ShownNames {
  private readonly node: string

  constructor(json: boolean, node: string) {
    super(json)
    this.node = node
  }

  override name(fullName: string): string {
    return `${super.name(fullName)}@${this.node}`
  }

  /** Advice is typed here. */
  override text(sentence: string): string {
    return super.text(sentence).replace(ADVICE, (_, verb) => `\`ptrack ${verb} --node ${this.node}`)
  }

  override error(error: unknown): unknown {
    if (!(error instanceof PtrackError) || OF_THE_WAY.has(error.code)) return error
    const hint = error.hint === undefined ? undefined : this.text(error.hint)
    return new PtrackError(error.code, `on ${this.node}: ${this.text(error.message)}`, {
      hint,
      details: error.details,
      cause: error.cause,
    })
  }
}
