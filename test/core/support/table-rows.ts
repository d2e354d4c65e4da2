/** Lines of a process table that never was. A process starts at ten times its number unless told otherwise. */
import type { ProcessRow } from '../../../src/core/world.ts'

export const row = (given: Partial<ProcessRow> & { pid: number }): ProcessRow => ({
  ppid: 1,
  pgrp: given.pid,
  session: given.pid,
  tty: false,
  state: 'S',
  startTicks: given.pid * 10,
  comm: 'program',
  cpuMs: 0,
  rssBytes: 0,
  marker: null,
  ...given,
})
