/** The live state of the page: knowledge, session, settings; and hooks to draw it. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Input, Method, Reply } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { Action } from '../words/takes.ts'
import { notify } from './notify.ts'
import type { Session } from './rights.ts'
import { logout as endSession, login, readSession } from './session.ts'
import { loadSettings, onSettings, type Settings, saveSettings } from './settings.ts'
import { type Knowledge, learn, nothing, sampleLoads, type Toast } from './store.ts'
import { type FeedItem, RequestError, Wire } from './wire.ts'

const TOAST_MS = 6000
const MOST_TOASTS = 3
/** Ages and countdowns move without events. */
const TICK_MS = 1000
const DRAW_MS = 250
/** The daemon's sampling interval while somebody watches. */
const SAMPLE_MS = 3000

export interface Question {
  title: string
  text: string
  yes: string
  /** What has to be written before it is done. */
  typed?: string
}

export interface AppState {
  known: Knowledge
  /** undefined: not known yet; null: not logged in. */
  session: Session | null | undefined
  settings: Settings
  toasts: Toast[]
  nowMs: number
  question: Question | null
  /** The form of a new process is open. */
  isStarting: boolean
  refusal: string | null
}

export const state: AppState = {
  known: nothing(),
  session: undefined,
  settings: loadSettings(),
  toasts: [],
  nowMs: Date.now(),
  question: null,
  isStarting: false,
  refusal: null,
}

let wire: Wire | null = null
let counter = 0
/** `changed`: more than the time. */
const listeners = new Set<(changed: boolean) => void>()
let asked = false
let changed = false
let drawnMs = Number.NEGATIVE_INFINITY
let later: ReturnType<typeof setTimeout> | null = null

function draw(): void {
  const more = changed
  asked = false
  changed = false
  if (more) drawnMs = performance.now()
  state.nowMs = Date.now()
  for (const listener of [...listeners]) listener(more)
}

/** In the next frame, however much changes before it; a background page is not drawn at all. */
function tick(): void {
  if (asked) return
  asked = true
  requestAnimationFrame(draw)
}

export function redraw(): void {
  changed = true
  tick()
}

/** News of the daemon are drawn four times a second at most; the answer to a hand is drawn at once. */
function redrawSoon(): void {
  if ((asked && changed) || later !== null) return
  const waitMs = DRAW_MS - (performance.now() - drawnMs)
  if (waitMs <= 0) return redraw()
  later = setTimeout(() => {
    later = null
    redraw()
  }, waitMs)
}

/** The whole state. Drawn again when something has changed; with each second only what has read `nowMs`. */
export function useApp(): AppState {
  const [, set] = useState(0)
  const timed = useRef(false)
  // Whether it reads the time is seen anew in each drawing.
  timed.current = false
  useEffect(() => {
    const listener = (more: boolean): void => {
      if (more || timed.current) set((n) => n + 1)
    }
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [])
  return useMemo(
    () =>
      Object.create(state, {
        nowMs: {
          get: () => {
            timed.current = true
            return state.nowMs
          },
        },
      }) as AppState,
    [],
  )
}

/** A part of the state, or words made of it: drawn again when these are others. For what there is many of, and what changes seldom. */
export function useSelected<T>(select: (state: AppState) => T): T {
  const [, set] = useState(0)
  const value = select(state)
  const latest = useRef({ select, value })
  latest.current = { select, value }
  useLayoutEffect(() => {
    const listener = (): void => {
      if (!Object.is(latest.current.select(state), latest.current.value)) set((n) => n + 1)
    }
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [])
  return value
}

/** The time in steps: what need not be drawn with each second. */
export const useNow = (stepMs: number): number => useSelected(({ nowMs }) => Math.floor(nowMs / stepMs) * stepMs)

function take(item: FeedItem): void {
  const toasts = learn(state.known, item, Date.now())
  for (const toast of toasts) {
    say(toast)
    if (toast.tone !== 'quiet') notify(state.settings, toast.text)
  }
  if (item.kind === 'away' && item.expelled) {
    wire = null
    state.session = null
    state.refusal = 'the session has ended'
    state.known = nothing()
  }
  if (item.kind === 'event' || item.kind === 'views') redrawSoon()
  else redraw()
}

export function say(toast: Omit<Toast, 'id'>): void {
  const entry = { ...toast, id: ++counter }
  state.toasts = kept([...state.toasts, entry])
  // What went wrong stays until it is closed.
  if (toast.tone !== 'bad') setTimeout(() => dismiss(entry.id), TOAST_MS)
  redraw()
}

/** Of more than there is room for, what went wrong stays longest. */
function kept(toasts: Toast[]): Toast[] {
  const most = [...toasts]
  while (most.length > MOST_TOASTS) {
    const mild = most.findIndex(({ tone }) => tone !== 'bad')
    most.splice(Math.max(0, mild), 1)
  }
  return most
}

export function dismiss(id: number): void {
  state.toasts = state.toasts.filter((toast) => toast.id !== id)
  redraw()
}

export function remember(changes: Partial<Settings>): void {
  state.settings = { ...state.settings, ...changes }
  saveSettings(state.settings)
  applyTheme()
  redraw()
}

function applyTheme(): void {
  const { theme, density } = state.settings
  const { dataset } = document.documentElement
  if (theme === 'auto') delete dataset.theme
  else dataset.theme = theme
  if (density === 'compact') dataset.density = density
  else delete dataset.density
}

export function request<M extends Method>(method: M, params: Input<M>): Promise<Reply<M>> {
  if (wire === null) return Promise.reject(new RequestError({ code: 'UNREACHABLE', message: 'the daemon is away' }))
  return wire.request(method, params)
}

/** Tries at once to reach a daemon that is away. */
export const tryNow = (): void => wire?.tryNow()

export const listen: Wire['on'] = (name, listener) => wire?.on(name, listener) ?? (() => {})

/** Performs an action on all of them in one request; what went well is said in one sentence. */
export async function actOn(action: Action, views: readonly ProcessView[]): Promise<void> {
  try {
    const results = (await request(action, { targets: views.map(({ id }) => id) } as never)) as Reply<'stop'>
    const bad = results.filter(({ ok }) => !ok)
    for (const { name, error } of bad.slice(0, MOST_TOASTS))
      say({ tone: 'bad', text: error?.message ?? `cannot ${action} ${name}`, process: name })
    const well = results.length - bad.length
    if (well > 0) say({ tone: 'quiet', text: `${action}: ${well} of ${results.length}`, process: null })
  } catch (error) {
    complain(error)
  }
}

/** Performs an action and shows its result in a word; errors in full. */
export async function act(
  action: Action | 'reload' | 'flush',
  { name, title }: Pick<ProcessView, 'name' | 'title'>,
): Promise<void> {
  try {
    const results = (await request(action, { targets: [name] } as never)) as Reply<'stop'>
    for (const { ok, note, error } of results)
      say(
        ok
          ? { tone: 'quiet', text: `${title ?? name}: ${note ?? action}`, process: action === 'delete' ? null : name }
          : { tone: 'bad', text: error?.message ?? `cannot ${action} ${name}`, process: name },
      )
  } catch (error) {
    complain(error)
  }
}

let answered: ((yes: boolean) => void) | null = null

/** Asks the user; an already open question is answered with no. */
export function ask(question: Question): Promise<boolean> {
  answered?.(false)
  state.question = question
  redraw()
  return new Promise((resolve) => {
    answered = resolve
  })
}

export function answer(yes: boolean): void {
  answered?.(yes)
  answered = null
  state.question = null
  redraw()
}

export function showStart(isStarting: boolean): void {
  state.isStarting = isStarting
  redraw()
}

export function complain(error: unknown): void {
  const text = error instanceof RequestError && error.hint ? `${error.message}; ${error.hint}` : String((error as Error).message)
  say({ tone: 'bad', text, process: null })
}

export async function begin(): Promise<void> {
  applyTheme()
  onSettings((settings) => {
    state.settings = settings
    applyTheme()
    redraw()
  })
  setInterval(tick, TICK_MS)
  setInterval(() => sampleLoads(state.known), SAMPLE_MS)
  // The code works once, and must not stay in the address, the history or a bookmark.
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code !== null) {
    history.replaceState(null, '', location.pathname)
    await enter({ code })
    if (state.session) return
  }
  await open()
}

export async function enter(shown: { code: string } | { token: string }): Promise<void> {
  state.refusal = await login(shown)
  await open()
}

async function open(): Promise<void> {
  const session = await readSession()
  if (session === 'away') {
    state.known.link = 'away'
    state.known.awayMs ??= Date.now()
    redraw()
    setTimeout(() => void open(), 1000)
    return
  }
  state.session = session
  if (session !== null) wire ??= new Wire(take, async () => (await readSession()) !== null)
  redraw()
}

export async function leave(): Promise<void> {
  wire?.close()
  wire = null
  await endSession()
  state.known = nothing()
  state.session = null
  state.refusal = null
  redraw()
}
