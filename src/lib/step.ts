/** Steps of a task, nested up to the daemon's limit. */
import type { StepStatus } from '../protocol/tracking.ts'
import { TaskCancelled } from './cancelled.ts'
import { messageOf } from './program.ts'
import type { TaskLink } from './task-link.ts'

export interface StepChanges {
  percent?: number | null
  message?: string | null
  name?: string
}

export type StepWork<T> = (step: Step) => T | Promise<T>

/** Makes ids that are unique among all programs that report for one run. */
export interface StepIds {
  next(): string
}

export class Step {
  readonly id: string
  private readonly link: TaskLink | null
  private readonly ids: StepIds

  /** @internal Made by step(). */
  constructor(link: TaskLink | null, ids: StepIds, name: string, parent: string | null) {
    this.id = ids.next()
    this.link = link
    this.ids = ids
    this.link?.report({ kind: 'step', step: { id: this.id, name: name.slice(0, 200), parent, status: 'running' } })
  }

  update(changes: StepChanges): void {
    const message = changes.message === undefined ? {} : { message: changes.message?.slice(0, 2000) ?? null }
    this.link?.report({ kind: 'step', step: { id: this.id, ...changes, ...message } })
  }

  done(message?: string): void {
    this.finish('done', message === undefined ? {} : { message: message.slice(0, 2000) })
  }

  fail(error: unknown): void {
    this.finish('failed', { error: messageOf(error) })
  }

  skip(message?: string): void {
    this.finish('skipped', message === undefined ? {} : { message: message.slice(0, 2000) })
  }

  /** A step within this one; with `work` it is done when that returns and failed when it throws. */
  step(name: string): Step
  step<T>(name: string, work: StepWork<T>): Promise<T>
  step<T>(name: string, work?: StepWork<T>): Step | Promise<T> {
    const step = new Step(this.link, this.ids, name, this.id)
    return work ? runStep(step, work) : step
  }

  /** @internal */
  finish(status: StepStatus, more: { message?: string; error?: string }): void {
    this.link?.report({ kind: 'step', step: { id: this.id, status, ...more } })
  }
}

export async function runStep<T>(step: Step, work: StepWork<T>): Promise<T> {
  try {
    const value = await work(step)
    step.done()
    return value
  } catch (error) {
    if (error instanceof TaskCancelled) step.finish('cancelled', {})
    else step.fail(error)
    throw error
  }
}
