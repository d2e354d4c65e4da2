/** How a node reaches the jobs of its fleet: at the node that made it, which alone may ask JetStream, and which schedules. */
import type { JobAnswers, JobQuestion, NodeQuestion } from '../../../core/fleet/job-questions.ts'

export type AnyQuestion = JobQuestion | NodeQuestion

export interface JobDesk {
  /** Throws BUS_DOWN where it cannot be known. */
  ask<Q extends AnyQuestion>(question: Q): Promise<JobAnswers[Q['ask']]>
}
