/** The work was cancelled: the reason of `task.signal`, and what `checkpoint()` throws. */
export class TaskCancelled extends Error {
  constructor() {
    super('the task was cancelled')
    this.name = 'TaskCancelled'
  }
}
