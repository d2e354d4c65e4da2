/** What an exit means, and the words for it. */
import type { ExitFact, Policy } from './state.ts'

/** s6's convention, kept by the contract: a program that exits 125 asks not to be restarted. */
const NO_RESTART_CODE = 125

/** 128+n of a recorder is read as signal n, except where the definition gives that very code a meaning. */
export function asDefined(exit: ExitFact, policy: Policy): ExitFact {
  if (exit.kind !== 'signal' || exit.code === undefined) return exit
  const named = policy.okExit.includes(exit.code) || policy.noRestartExit.includes(exit.code)
  return named ? { kind: 'code', code: exit.code } : exit
}

export const accepted = (exit: ExitFact, policy: Policy): boolean => exit.kind === 'code' && policy.okExit.includes(exit.code)

export const refusesRestart = (exit: ExitFact, policy: Policy): boolean =>
  exit.kind === 'code' && (exit.code === NO_RESTART_CODE || policy.noRestartExit.includes(exit.code))

/** `outOfMemory`: the kernel has killed something of the run's cgroup, which a SIGKILL is then understood as. */
export const explained = (exit: ExitFact, outOfMemory: boolean): ExitFact =>
  outOfMemory && exit.kind === 'signal' && exit.signal === 'SIGKILL' ? { ...exit, outOfMemory } : exit

export function describeExit(exit: ExitFact): string {
  switch (exit.kind) {
    case 'code':
      return `exit code ${exit.code}`
    case 'signal':
      if (exit.outOfMemory) return 'killed by the kernel: no memory left within its limit'
      return exit.inferred ? `ended by ${exit.signal} (inferred from its exit code)` : `killed by ${exit.signal}`
    case 'unknown':
      return 'exit unknown (it was started by an earlier daemon)'
  }
}

export const exitCodeOf = (exit: ExitFact | null): number | null => (exit?.kind === 'code' ? exit.code : null)
export const signalOf = (exit: ExitFact | null): string | null => (exit?.kind === 'signal' ? exit.signal : null)
