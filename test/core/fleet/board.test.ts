/** What a scheduler wants to do next: places, limits, order, losses; and what a node answers. */
import { expect, test } from 'vitest'
import { Board, type KnownNode } from '../../../src/core/fleet/board.ts'
import type { FleetJob, JobState } from '../../../src/core/fleet/job.ts'
import { changedLimits } from '../../../src/core/fleet/job-questions.ts'
import { viewOf } from '../../../src/core/fleet/job-view.ts'
import { mayTake } from '../../../src/core/fleet/lease.ts'
import { answerTo, reconcile } from '../../../src/core/fleet/reconcile.ts'

const done = { status: 'done', exitCode: 0, signal: null, reason: null } as const
let turn = 0
const job = (id: string, state: JobState = { is: 'pending', why: null }, more: Partial<FleetJob> = {}): FleetJob => ({
  v: 1,
  id,
  name: id,
  owner: 'me',
  type: 'job',
  priority: 0,
  turn: ++turn,
  where: null,
  onLost: 'keep',
  after: [],
  attempt: 0,
  role: 'operator',
  from: 'n1',
  submittedAtMs: 0,
  sinceMs: turn,
  definition: { command: ['true'] },
  env: {},
  cancel: null,
  state,
  ...more,
})
const node = (name: string, slots: number, more: Partial<KnownNode> = {}): KnownNode => ({
  node: name,
  session: `s-${name}`,
  slots,
  isLost: false,
  isMember: true,
  tags: [],
  ...more,
})
const boardOf = (...jobs: FleetJob[]): Board => {
  const board = new Board()
  for (const [index, each] of jobs.entries()) board.take(each, index + 1)
  return board
}
const wishes = (board: Board, ...nodes: KnownNode[]): string[] =>
  board.wishes(nodes, 1).map(({ id, event }) => `${event.is} ${id}${event.is === 'give' ? ` ${event.node}` : ''}`)

test('most room first, so that they spread; those on their way count; what is settled otherwise waits again', () => {
  const board = boardOf(job('a'), job('b'), job('c'), job('d'))
  expect(wishes(board, node('n1', 1), node('n2', 2))).toEqual(['give a n2', 'give b n1', 'give c n2'])
  // Nothing is written yet, and nothing is given twice.
  expect(wishes(board, node('n1', 1), node('n2', 2))).toEqual([])
  expect(board.counts).toEqual({ live: 3, queued: 1 })
  board.settled('b')
  expect(wishes(board, node('n1', 1), node('n2', 2))).toEqual(['give b n1'])
})

test('a node that is not here, is full, or takes none is given none; a bound job waits for its own', () => {
  const board = boardOf(job('a', undefined, { where: 'n1' }), job('b'), job('x', { is: 'running', node: 'n2', fence: 1 }))
  expect(wishes(board, node('n1', 3, { session: null }), node('n2', 1), node('n3', 0))).toEqual([])
  expect(wishes(board, node('n1', 3, { session: null }), node('n2', 2))).toEqual(['give b n2'])
  expect(board.positionOf('a')).toBe(1)
})

test('limits count what is given, running or unknown; priority and then the turn decide', () => {
  const board = boardOf(
    job('u', { is: 'unknown', node: 'n9', fence: 1, why: '' }, { type: 'build' }),
    job('a', undefined, { type: 'build' }),
    job('b'),
    job('c', undefined, { priority: 3 }),
  )
  board.setLimits({ global: null, owners: {}, types: { build: 1 } })
  expect(wishes(board, node('n9', 9, { session: null }), node('n1', 9))).toEqual(['give c n1', 'give b n1'])
  expect(viewOf(board.get('a')!, board)).toMatchObject({ state: 'pending', reason: 'limit type build: 1 at once' })
  board.setLimits(changedLimits(board.limits, { types: { build: null }, global: 1 }))
  expect(wishes(board, node('n9', 9, { session: null }), node('n1', 9))).toEqual([])
  expect(board.limits).toEqual({ global: 1, owners: {}, types: {} })
})

test('after: when all are done; never when one was not, or is known no more', () => {
  const board = boardOf(
    job('a', { is: 'running', node: 'n1', fence: 1 }),
    job('b', undefined, { after: ['a'] }),
    job('c', undefined, { after: ['gone'] }),
  )
  expect(wishes(board, node('n1', 9))).toEqual(['skip c'])
  expect(viewOf(board.get('b')!, board)).toMatchObject({ position: null, reason: 'it waits for a' })
  board.take(job('a', { is: 'ended', node: 'n1', fence: 1, late: false, outcome: done }), 10)
  expect(wishes(board, node('n1', 9))).toContain('give b n1')
  board.take(job('d', { is: 'ended', node: null, fence: null, late: false, outcome: { ...done, status: 'failed' } }), 11)
  board.take(job('e', undefined, { after: ['d'] }), 12)
  expect(board.wishes([node('n1', 9)], 1)).toContainEqual({
    id: 'e',
    event: { is: 'skip', why: 'd (d), which it waits for, is failed' },
  })
})

test('a lost node, another life of one, and one that has left', () => {
  const board = boardOf(
    job('g', { is: 'given', node: 'n1', session: 'before', epoch: 1 }),
    job('r', { is: 'running', node: 'n2', fence: 2 }),
    job('u', { is: 'unknown', node: 'n2', fence: 3, why: '' }),
    job('x', { is: 'running', node: 'n3', fence: 4 }),
    job('y', { is: 'running', node: 'n4', fence: 5 }),
  )
  expect(wishes(board, node('n1', 0), node('n2', 0, { isLost: true }), node('n4', 0, { isMember: false }))).toEqual([
    'lost g',
    'lost r',
    'gone x',
    'gone y',
  ])
})

test('what is older than what is known counts for nothing; of one name the newest is meant; old ended ones go', () => {
  const ended = (id: string): FleetJob =>
    job(id, { is: 'ended', node: null, fence: null, late: false, outcome: done }, { name: 'x' })
  const board = boardOf(ended('a'), ended('b'), job('c', undefined, { after: ['a'] }), ended('d'))
  board.take({ ...job('b'), name: 'older' }, 1)
  expect(board.find('x')?.job.id).toBe('d')
  expect(board.find('b')?.job.state.is).toBe('ended')
  // c waits for it no more, as it is done.
  expect(board.surplus(3)).toEqual([])
  expect(board.surplus(1)).toEqual(['a', 'b'])
  board.forget('a')
  expect(board.get('a')).toBeNull()
  expect(board.nextTurn()).toBe(turn)
})

test('silence counts only while the scheduler listens', () => {
  const silence = { seenMono: 1000, listeningSinceMono: 0, nowMono: 4000 }
  expect(mayTake(silence, 3000)).toBe(true)
  expect(mayTake({ ...silence, nowMono: 3999 }, 3000)).toBe(false)
  expect(mayTake({ ...silence, listeningSinceMono: 2000 }, 3000)).toBe(false)
  expect(mayTake({ ...silence, listeningSinceMono: null }, 3000)).toBe(false)
  expect(mayTake({ ...silence, seenMono: null, listeningSinceMono: 1000 }, 3000)).toBe(true)
})

test('a node takes what is for this life of it, from the newest scheduler, while it has room', () => {
  const given = job('a', { is: 'given', node: 'n1', session: 's', epoch: 4 })
  const facts = { node: 'n1', session: 's', epoch: 4, slots: 1, has: new Set<string>() }
  const offer = { job: given, revision: 9, epoch: 4 }
  expect(answerTo(offer, facts)).toBe('take')
  expect(answerTo(offer, { ...facts, has: new Set(['a']) })).toBe('has it')
  expect(answerTo(offer, { ...facts, epoch: 5 })).toEqual({ refuse: 'its scheduler has been replaced' })
  expect(answerTo(offer, { ...facts, session: 't' })).toEqual({ refuse: 'it was meant for another life of n1' })
  expect(answerTo(offer, { ...facts, node: 'n2' })).toEqual({ refuse: 'it was meant for another life of n2' })
  expect(answerTo(offer, { ...facts, has: new Set(['b']) })).toEqual({ refuse: 'n1 is full' })
})

test('what a node that is back says of what it had', () => {
  const running = job('a', { is: 'running', node: 'n1', fence: 3 })
  const unknown = job('a', { is: 'unknown', node: 'n1', fence: 3, why: '' })
  for (const each of [running, unknown]) {
    expect(reconcile(each, { is: 'alive' }, 'n1')).toEqual({ report: 'found', watch: true })
    expect(reconcile(each, { is: 'absent', hasBegun: false }, 'n1')).toEqual({ report: 'neverBegan' })
    expect(reconcile(each, { is: 'absent', hasBegun: true }, 'n1')).toEqual({
      report: 'end',
      outcome: { status: 'interrupted', exitCode: null, signal: null, reason: 'nobody saw how it ended: it was deleted on n1' },
    })
    expect(reconcile(each, { is: 'ended', outcome: done }, 'n1')).toEqual({ report: 'end', outcome: done })
    expect(reconcile(each, { is: 'absent', hasBegun: false }, 'n2')).toEqual({ report: null })
  }
  expect(reconcile(job('a'), { is: 'absent', hasBegun: false }, 'n1')).toEqual({ report: null })
})

test('a job that is bound to a tag goes to a node that has it, and keeps nobody else waiting', () => {
  const board = boardOf(
    job('a', undefined, { where: 'tag:gpu', priority: 9 }),
    job('b'),
    job('c', undefined, { where: 'tag:ssd' }),
  )
  expect(wishes(board, node('n1', 1))).toEqual(['give b n1'])
  expect(viewOf(board.get('a')!, board).reason).toBe('no node with the tag gpu has room, or is here')
  const gpu = node('n2', 5, { tags: ['gpu', 'big'] })
  expect(wishes(board, node('n1', 1), gpu)).toEqual(['give a n2'])
  // No tag has the name of a node, and no node that of a tag.
  expect(wishes(board, node('ssd', 1), node('n3', 1, { tags: ['gpu'] }))).toEqual([])
})
