/**
 * What few commands need, in a bundle of its own (dist/ptrack-extra.cjs), so that the others do not pay for it.
 * Each function loads its own part only.
 */

import type { CommandSpec } from './cli/command.ts'
import type { Shell } from './cli/commands/completion.ts'
import type { ContextChange } from './cli/commands/contexts.ts'
import type { HistoryOptions, ResultsOptions, StatsOptions } from './cli/commands/reports.ts'
import type { Scope } from './cli/commands/systemd.ts'
import type { Context } from './cli/context.ts'
import * as help from './cli/extra/help.ts'
import type { ProgressLine } from './cli/progress-line.ts'
import type { ListOptions } from './cli/render-list.ts'
import type { Client } from './client/client.ts'
import type { Reader } from './client/empty-home.ts'
import type { Remote } from './client/remote.ts'
import type { GarbageReport, LimitsView } from './protocol/job-requests.ts'
import type { Filter, Input, Method } from './protocol/requests.ts'
import type { Retention } from './protocol/settings.ts'
import type { ProcessDetail, ProcessView } from './protocol/view.ts'
import type * as Tui from './ptrack-tui.ts'
import type { SortKey } from './words/sort.ts'

export const helpFor = (spec: CommandSpec): string => help.helpFor(spec)
export const wholeHelp = (commands: readonly CommandSpec[]): string => help.wholeHelp(commands)
export const usualHelp = (commands: readonly CommandSpec[]): string => help.usualHelp(commands)
export const groupHelp = (...of: Parameters<typeof help.groupHelp>): string => help.groupHelp(...of)

export const renderShow = async (details: readonly ProcessDetail[], options: ListOptions): Promise<string> =>
  (await import('./cli/extra/render-show.ts')).renderShow(details, options)

export const watch = async (context: Context, filter: Filter, sort: SortKey): Promise<number> =>
  (await import('./cli/extra/watch.ts')).watch(context, filter, sort, () => require('./ptrack-tui.cjs') as typeof Tui)

export const daemonLogs = async (context: Context, options: { lines: number; follow: boolean }): Promise<number> =>
  (await import('./cli/extra/daemon-logs.ts')).daemonLogs(context, options)

export const doctor = async (context: Context): Promise<number> => (await import('./cli/extra/doctor.ts')).doctor(context)

export const completionScript = async (shell: Shell): Promise<string> =>
  (await import('./cli/extra/completion-scripts.ts')).SCRIPTS[shell]

export const configGet = async (context: Context, key: string): Promise<number> =>
  (await import('./cli/extra/config.ts')).configGet(context, key)
export const configSet = async (context: Context, key: string, value: string): Promise<number> =>
  (await import('./cli/extra/config.ts')).configSet(context, key, value)
export const configList = async (context: Context): Promise<number> => (await import('./cli/extra/config.ts')).configList(context)

export const systemdPrint = async (context: Context, scope: Scope): Promise<number> =>
  (await import('./cli/extra/systemd.ts')).systemdPrint(context, scope)
export const systemdInstall = async (context: Context, scope: Scope, linger?: boolean): Promise<number> =>
  (await import('./cli/extra/systemd.ts')).systemdInstall(context, scope, linger)
export const systemdUninstall = async (context: Context, scope: Scope): Promise<number> =>
  (await import('./cli/extra/systemd.ts')).systemdUninstall(context, scope)

export const systemdRestart = async (scope: Scope): Promise<void> =>
  (await import('./cli/extra/systemd.ts')).systemdRestart(scope)

export const progressBar = async (context: Context, job: ProcessView): Promise<ProgressLine> =>
  (await import('./cli/extra/progress-bar.ts')).progressBar(context, job)

export const results = async (context: Context, target: string, options: ResultsOptions): Promise<number> =>
  (await import('./cli/extra/results.ts')).results(context, target, options)
export const history = async (context: Context, targets: string[], options: HistoryOptions): Promise<number> =>
  (await import('./cli/extra/reports.ts')).history(context, targets, options)
export const stats = async (context: Context, options: StatsOptions): Promise<number> =>
  (await import('./cli/extra/reports.ts')).stats(context, options)
export const types = async (context: Context): Promise<number> => (await import('./cli/extra/reports.ts')).types(context)

export const policies = async (context: Context, type: string | undefined): Promise<number> =>
  (await import('./cli/extra/rules.ts')).policies(context, type)
export const setPolicy = async (context: Context, type: string, policy: Input<'policy.set'>['policy']): Promise<number> =>
  (await import('./cli/extra/rules.ts')).setPolicy(context, type, policy)
export const showLimits = async (context: Context, told: LimitsView): Promise<number> =>
  (await import('./cli/extra/rules.ts')).showLimits(context, told)
export const showRetention = async (context: Context, retention: Retention): Promise<number> =>
  (await import('./cli/extra/keeping.ts')).showRetention(context, retention)
export const showGarbage = async (context: Context, report: GarbageReport): Promise<number> =>
  (await import('./cli/extra/keeping.ts')).showGarbage(context, report)
export const hooks = async (context: Context): Promise<number> => (await import('./cli/extra/rules.ts')).hooks(context)

export const emptyHome = async (home: string, method: Method): Promise<Reader | null> =>
  (await import('./client/empty-home.ts')).emptyHome(home, method)
export const connectRemote = async (remote: Remote, options: { clientName: string; acceptSkew?: boolean }): Promise<Client> =>
  (await import('./client/remote.ts')).connectRemote(remote, options)
export const useContext = async (context: Context, name: string, change: ContextChange): Promise<number> =>
  (await import('./cli/extra/contexts.ts')).useContext(context, name, change)
export const listContexts = async (context: Context): Promise<number> =>
  (await import('./cli/extra/contexts.ts')).listContexts(context)
export const removeContext = async (context: Context, name: string): Promise<number> =>
  (await import('./cli/extra/contexts.ts')).removeContext(context, name)

export const openUrl = async (context: Context, url: string): Promise<number> =>
  (await import('./cli/extra/open-url.ts')).openUrl(context, url)

export const createToken = async (context: Context, params: Input<'token.create'>): Promise<number> =>
  (await import('./cli/extra/token.ts')).createToken(context, params)
export const tokens = async (context: Context): Promise<number> => (await import('./cli/extra/token.ts')).tokens(context)
