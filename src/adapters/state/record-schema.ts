/** Checks saved records leniently: unknown fields stay, missing ones get defaults; only an unusable record is refused. */
import { z } from 'zod'
import type { ProcessRecord } from '../../core/world.ts'
import { Definition } from '../../protocol/definition.ts'
import { ENDED_STATUSES, HEALTHS, LIFECYCLE_COMMANDS, STATUSES } from '../../protocol/names.ts'
import { resolveDefinition } from '../../protocol/resolve-definition.ts'
import { TrackingOrNull } from './tracking-schema.ts'

const whole = z.number().int()
const time = z.number()
const sentence = z.string().nullable().default(null)

const Identity = z.looseObject({ pid: whole.min(1), startTicks: whole.min(0), bootId: z.string().min(1) })
const RunRef = z.looseObject({ number: whole.min(0), id: z.string().min(1), attempt: whole.min(1).optional() })
const ProcessError = z.looseObject({ code: z.string(), message: z.string() })
const Exit = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('code'), code: whole }),
  z.looseObject({
    kind: z.literal('signal'),
    signal: z.string(),
    inferred: z.boolean().default(false),
    code: whole.optional(),
    outOfMemory: z.boolean().optional(),
  }),
  z.looseObject({ kind: z.literal('unknown') }),
])
const LiveRun = z.looseObject({
  leader: Identity,
  program: Identity.nullable().default(null),
  startedAtMs: time,
  startedMono: time,
  pausedMs: time.default(0),
  adopted: z.boolean().default(false),
})
const CommandRun = z.looseObject({
  name: z.enum(LIFECYCLE_COMMANDS),
  live: LiveRun.nullable(),
  over: z.literal(true).optional(),
})
const command = CommandRun.optional()
const Next = z.discriminatedUnion('go', [
  z.looseObject({
    go: z.literal('end'),
    status: z.enum(ENDED_STATUSES),
    reason: sentence,
    error: ProcessError.nullable().default(null),
  }),
  z.looseObject({ go: z.literal('run'), reason: z.string(), asked: z.boolean().default(false) }),
  z.looseObject({ go: z.literal('retry'), delayMs: time, reason: z.string() }),
])
const exit = Exit.nullable().default(null)

const External = z.looseObject({
  run: RunRef,
  pid: whole.min(1).nullable().default(null),
  leaseMs: time,
  startedAtMs: time,
  startedMono: time,
  pausedMs: time.default(0),
  asked: z.enum(['pause', 'cancel']).nullable().default(null),
})

const OutsideState = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('running'), external: External }),
  z.looseObject({ status: z.literal('paused'), external: External, sinceMono: time }),
  z.looseObject({ status: z.literal('completing'), external: External }),
])
const OwnState = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('pending'), why: z.enum(['queue', 'dependency', 'time']), turn: whole.min(0).default(0) }),
  z.looseObject({ status: z.literal('starting'), run: RunRef, live: LiveRun.nullable(), command }),
  z.looseObject({ status: z.literal('running'), run: RunRef, live: LiveRun, pausing: z.boolean().default(false) }),
  z.looseObject({
    status: z.literal('paused'),
    run: RunRef,
    live: LiveRun,
    sinceMono: time,
    how: z.enum(['stopped', 'checkpoint']).default('stopped'),
  }),
  z.looseObject({
    status: z.literal('completing'),
    run: RunRef,
    live: LiveRun,
    phase: z.enum(['pre-stop', 'term', 'kill', 'unkillable', 'post-stop']),
    afterwards: Next,
    exit,
    command,
    rules: z.looseObject({ graceMs: time, signal: z.string().optional(), commandMs: time.nullable().optional() }).optional(),
    unspawned: z.literal(true).optional(),
  }),
  z.looseObject({ status: z.literal('retrying'), dueMono: time, delayMs: time, exit }),
  z.looseObject({ status: z.enum(ENDED_STATUSES), exit }),
])

/** Its content decides which of the two, so that an error names its own field. */
const State = z.unknown().transform((state, check): OwnState | OutsideState => {
  const outside = typeof state === 'object' && state !== null && 'external' in state
  const read = (outside ? OutsideState : OwnState).safeParse(state)
  if (read.success) return read.data
  for (const issue of read.error.issues) check.issues.push({ ...issue, input: state } as never)
  return z.NEVER
})
type OwnState = z.infer<typeof OwnState>
type OutsideState = z.infer<typeof OutsideState>

const Lifecycle = z.looseObject({
  state: State,
  wanted: z.enum(['up', 'down']),
  runNumber: whole.min(0),
  reason: sentence,
  sinceMs: time,
  error: ProcessError.nullable().default(null),
  failures: z.array(time).default([]),
  backoffStep: whole.min(0).default(0),
  crashLoop: z.boolean().default(false),
  restarts: whole.min(0).default(0),
  attempts: whole.min(0).default(0),
})

const PastRun = z.looseObject({
  ref: RunRef,
  startedAtMs: time,
  endedAtMs: time,
  outcome: z.string(),
  reason: sentence,
  exit,
  adopted: z.boolean().default(false),
  leader: Identity.nullable().default(null),
  program: Identity.nullable().default(null),
  outage: z.boolean().default(false),
  inHistory: z.boolean().default(false),
})

const TimelineEntry = z.looseObject({
  at: z.string(),
  status: z.enum(STATUSES),
  run: whole,
  reason: sentence,
  health: z.enum(HEALTHS).optional(),
})

/** Defaults as for a new definition; `auto` was replaced before saving, so it cannot occur. */
const SavedDefinition = Definition.extend({
  ports: z.array(whole.min(1).max(65_535)).max(64).default([]),
}).transform((definition) => resolveDefinition(definition, definition.ports, {}))

/** Unreadable, these are left out: the runs they name are found as orphans. */
const Handover = z.looseObject({
  given: whole.min(0),
  successor: z
    .looseObject({ run: RunRef, live: LiveRun.nullable(), phase: z.enum(['checking', 'ending']), why: sentence })
    .nullable(),
  predecessors: z.array(
    z.looseObject({
      run: RunRef,
      live: LiveRun,
      phase: z.enum(['draining', 'pre-stop', 'term', 'kill', 'unkillable', 'post-stop']),
      sinceMono: time,
      rules: z.looseObject({
        signal: z.string(),
        stopTimeoutMs: time,
        drainTimeoutMs: time,
        commands: z
          .looseObject({ preStop: z.string().nullable(), postStop: z.string().nullable(), lifecycleTimeoutMs: time })
          .optional(),
      }),
      exit,
      forced: z.literal(true).optional(),
    }),
  ),
})

const Record = z.looseObject({
  id: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,119}$/),
  number: whole.min(0).nullable().catch(null),
  definition: SavedDefinition,
  owner: z.string(),
  createdAtMs: time,
  tracked: Lifecycle,
  startedAtMs: time.nullable().default(null),
  endedAtMs: time.nullable().default(null),
  lastExit: exit,
  runs: z.array(PastRun).default([]),
  timeline: z.array(TimelineEntry).default([]),
  tracking: TrackingOrNull.default(null),
  handover: Handover.optional().catch(undefined),
  ranWith: SavedDefinition.optional().catch(undefined),
  refused: z.looseObject({ definition: SavedDefinition, why: z.string(), atMs: time }).optional().catch(undefined),
  input: Identity.optional(),
  terminalInput: Identity.optional().catch(undefined),
  execFor: Identity.nullable().optional(),
  removeFor: Identity.nullable().optional(),
  session: z.looseObject({ name: z.string(), owner: Identity, lingerMs: time }).optional().catch(undefined),
  seen: z.looseObject({ run: whole, crashLoop: z.boolean(), atMs: time, by: z.string() }).optional().catch(undefined),
  definedBy: z
    .looseObject({ atMs: time, user: z.string(), client: z.string(), command: z.array(z.string()).nullable().default(null) })
    .optional()
    .catch(undefined),
})

/** Null in a state from before numbers. */
export type UnnumberedRecord = Omit<ProcessRecord, 'number'> & { number: number | null }

export type ReadRecord =
  /** `lost`: unreadable pieces that were dropped; unknown fields do not count. */
  { ok: true; record: UnnumberedRecord; lost: string[] } | { ok: false; why: string }

/** Never throws. */
export function readRecord(id: string, saved: unknown): ReadRecord {
  const lost: string[] = []
  let value = saved
  // Twice at most: what the first look removes can only uncover what it hid.
  for (let looks = 0; ; looks++) {
    const result = Record.safeParse(value)
    if (result.success) {
      if (result.data.id !== id) return { ok: false, why: `its id is ${result.data.id}` }
      return { ok: true, record: result.data satisfies UnnumberedRecord, lost }
    }
    const issues = result.error.issues
    if (looks === 2 || !issues.every(canBeLeftOut))
      return { ok: false, why: describe(issues.find((issue) => !canBeLeftOut(issue)) ?? issues[0]) }
    value = leaveOut(value, issues)
    lost.push(...issues.filter((issue) => issue.code !== 'unrecognized_keys').map(describe))
  }
}

type Issue = z.core.$ZodIssue
const HISTORY: ReadonlySet<unknown> = new Set(['runs', 'timeline'])

const canBeLeftOut = (issue: Issue): boolean => issue.code === 'unrecognized_keys' || HISTORY.has(issue.path[0])
const describe = (issue: Issue | undefined): string =>
  issue ? `${issue.path.join('.') || 'record'}: ${issue.message}` : 'unreadable'

/** A copy without unknown fields and without the broken elements of the histories. */
function leaveOut(saved: unknown, issues: readonly Issue[]): unknown {
  const copy = structuredClone(saved) as { [key: PropertyKey]: unknown }
  const broken = new Map<PropertyKey, Set<PropertyKey>>()
  for (const issue of issues) {
    const [list, index] = issue.path
    if (issue.code === 'unrecognized_keys') {
      let holder = copy
      for (const key of issue.path) holder = holder[key] as typeof copy
      for (const key of issue.keys) delete holder[key]
    } else if (list !== undefined && index === undefined) copy[list] = []
    else if (list !== undefined && index !== undefined) broken.set(list, (broken.get(list) ?? new Set()).add(index))
  }
  for (const [list, indexes] of broken) copy[list] = (copy[list] as unknown[]).filter((_, at) => !indexes.has(at))
  return copy
}
