/** Saved limits, policies, hooks and retention, read piece by piece: unreadable ones are dropped and reported. */
import { z } from 'zod'
import { badProjectName } from '../../protocol/project.ts'
import {
  GlobalHook,
  Notice,
  noSettings,
  Observed,
  QueueLimits,
  Retention,
  Roll,
  type Settings,
  TypePolicy,
} from '../../protocol/settings.ts'
import { OpenSockets } from '../../protocol/sockets.ts'

// Fields of later versions are kept, as in records.
const Limits = z.looseObject(QueueLimits.shape)
const Policy = z.looseObject(TypePolicy.shape)
const Hook = z.looseObject(GlobalHook.shape)
const SavedNotice = z.looseObject(Notice.shape)
const Keep = z.looseObject(Retention.shape)
const Seen = z.looseObject(Observed.shape)
const SavedRoll = z.looseObject(Roll.shape)
const SavedSockets = z.looseObject(OpenSockets.shape)
const Parts = z.looseObject({
  limits: z.unknown().optional(),
  retention: z.unknown().optional(),
  observed: z.unknown().optional(),
  policies: z.record(z.string(), z.unknown()).default({}),
  hooks: z.array(z.unknown()).default([]),
  // Unimportant: a broken list must not take limits and policies with it.
  notices: z.array(z.unknown()).catch([]).default([]),
  halted: z.unknown().optional(),
  sockets: z.record(z.string(), z.unknown()).catch({}).default({}),
  reloads: z.record(z.string(), z.unknown()).catch({}).default({}),
  newsSeen: z.record(z.string(), z.unknown()).catch({}).default({}),
  // Absent in a home that no daemon with projects has seen.
  projects: z.record(z.string(), z.unknown()).catch({}).optional(),
})

export function readSettings(saved: unknown): { settings: Settings; problems: string[] } {
  const settings = noSettings()
  const parts = Parts.safeParse(saved ?? {})
  if (!parts.success) return { settings, problems: ['the saved limits, policies and hooks could not be read and were left out'] }
  const problems: string[] = []
  const limits = Limits.safeParse(parts.data.limits ?? {})
  if (limits.success) settings.limits = limits.data
  else problems.push('the saved limits could not be read: there are none until they are set again')
  for (const [type, value] of Object.entries(parts.data.policies)) {
    const policy = Policy.safeParse(value)
    if (policy.success) settings.policies[type] = policy.data
    else problems.push(`the saved policy of type ${type} could not be read and was left out`)
  }
  for (const [at, value] of parts.data.hooks.entries()) {
    const hook = Hook.safeParse(value)
    if (hook.success) settings.hooks.push(hook.data)
    else problems.push(`saved hook number ${at + 1} could not be read and was left out`)
  }
  for (const value of parts.data.notices) {
    const notice = SavedNotice.safeParse(value)
    if (notice.success) settings.notices.push(notice.data)
  }
  const retention = Keep.safeParse(parts.data.retention ?? {})
  if (retention.success) settings.retention = retention.data
  // Not the default: what somebody wanted kept longer must not be removed because a number cannot be read.
  else {
    settings.retention = { endedMs: null, failedMs: null, historyMs: null, logsMs: null }
    problems.push('the saved retention could not be read: everything is kept until it is set again')
  }
  // Started over, time counts from now on and everything is kept longer.
  const observed = Seen.safeParse(parts.data.observed ?? {})
  if (observed.success) settings.observed = observed.data
  if (parts.data.halted === true) settings.halted = true
  for (const [name, value] of Object.entries(parts.data.sockets)) {
    const open = SavedSockets.safeParse(value)
    if (open.success) settings.sockets = { ...settings.sockets, [name]: open.data }
    else problems.push(`the saved shared sockets of ${name} could not be read: stop and start opens them anew`)
  }
  for (const [name, value] of Object.entries(parts.data.reloads)) {
    const roll = SavedRoll.safeParse(value)
    if (roll.success) settings.reloads = { ...settings.reloads, [name]: roll.data }
    else problems.push(`the reload of ${name} that was under way could not be read: \`ptrack reload ${name}\` begins another`)
  }
  // Of one that cannot be read everything is new again.
  for (const [reader, ms] of Object.entries(parts.data.newsSeen))
    if (typeof ms === 'number' && ms >= 0) settings.newsSeen = { ...settings.newsSeen, [reader]: ms }
  if (parts.data.projects !== undefined) settings.projects = {}
  for (const [name, directory] of Object.entries(parts.data.projects ?? {})) {
    if (typeof directory === 'string' && badProjectName(name) === null)
      settings.projects = { ...settings.projects, [name]: directory }
    else problems.push(`the saved directory of project ${name} could not be read: \`ptrack up\` in it sets it again`)
  }
  return { settings, problems }
}
