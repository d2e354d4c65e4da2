/** The controls of a process as icons in fixed slots: what starts acts at once, what ends asks by a second press, what destroys asks in a dialog. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { needsSomebody } from '../../words/states.ts'
import { type Action, isDown } from '../../words/takes.ts'
import { act, ask, complain, request, useApp } from '../app-state.ts'
import type { IconName } from '../icons.ts'
import { ACTION_WORDS, actionsFor, asksTwice, mayAct } from '../rights.ts'
import { linkTo } from '../route.ts'
import { Icon } from './icon.tsx'
import { Popover } from './popover.tsx'

export const ACTION_ICONS: Readonly<Record<Action, IconName>> = {
  start: 'play',
  restart: 'restart',
  reset: 'check',
  pause: 'pause',
  resume: 'play',
  stop: 'stop',
  cancel: 'x',
  delete: 'trash',
}

const QUESTIONS: Partial<Record<Action, string>> = {
  restart: 'It is stopped and started again; its open connections end.',
  stop: 'It ends, and stays down until somebody starts it.',
  cancel: 'It ends where it is, and is not repeated.',
  delete: 'It leaves the list with its steps and runs. Its log stays on the disk until `ptrack delete --purge`.',
}

/** By a dialog, where an action ends something. */
export async function askAndAct(action: Action, view: ProcessView): Promise<void> {
  const text = action === 'restart' && isDown(view) ? undefined : QUESTIONS[action]
  if (text !== undefined && !(await ask({ title: `${ACTION_WORDS[action]} ${view.name}?`, text, yes: ACTION_WORDS[action] })))
    return
  await act(action, view)
}

/** An icon; where the action ends something, a word after the first press, until the focus or the pointer leaves it. */
export function ActionIcon({ action, view, tabIndex }: { action: Action; view: ProcessView; tabIndex?: number }) {
  const { known } = useApp()
  const [armed, setArmed] = useState(false)
  const [busy, setBusy] = useState(false)
  const word = action === 'start' && view.kind !== 'service' ? 'Run again' : ACTION_WORDS[action]
  const run = async (): Promise<void> => {
    if (!armed && asksTwice(action, view)) return setArmed(true)
    setArmed(false)
    setBusy(true)
    await (action === 'delete' ? askAndAct(action, view) : act(action, view))
    setBusy(false)
  }
  const disarm = (): void => setArmed(false)
  return (
    <button
      type="button"
      class={`tool ${armed ? 'armed' : ''}`}
      data-does={action}
      tabIndex={tabIndex}
      disabled={busy || known.link !== 'here'}
      title={known.link === 'here' ? (armed ? undefined : word) : 'The daemon is away'}
      aria-label={armed ? `${word}? ${view.name}` : `${action} ${view.name}`}
      onClick={() => void run()}
      onBlur={disarm}
      onMouseLeave={disarm}
    >
      {armed ? `${word}?` : <Icon name={ACTION_ICONS[action]} />}
    </button>
  )
}

/** One of each slot: restart or start, stop or cancel; the log; the rest in a menu. */
const FIRST: readonly (readonly Action[])[] = [
  ['start', 'restart'],
  ['stop', 'cancel'],
]

interface RowActionsProps {
  view: ProcessView
  tabIndex?: number
  /** All of them in the menu: for a finger. */
  only?: 'menu' | undefined
  children?: ComponentChildren
}

export function RowActions({ view, tabIndex, only, children }: RowActionsProps) {
  const { session, known } = useApp()
  if (!session) return null
  const may = actionsFor(session, view)
  const slots = only === 'menu' ? [] : FIRST
  const first = slots.map((slot) => may.find((action) => slot.includes(action))).filter((action) => action !== undefined)
  const rest = may.filter((action) => !first.includes(action))
  return (
    <>
      {first.map((action) => (
        <ActionIcon key={action} action={action} view={view} tabIndex={tabIndex} />
      ))}
      {children}
      {only !== 'menu' && (
        <a
          class="tool"
          data-does="log"
          tabIndex={tabIndex}
          href={linkTo(view.name, 'log')}
          aria-label={`log of ${view.name}`}
          title="Log"
        >
          <Icon name="logs" />
        </a>
      )}
      {mayAct(session, view) && (
        <Popover menu does="more" label={`more for ${view.name}`} title="More" tabIndex={tabIndex} face={<Icon name="more" />}>
          {rest.map((action) => (
            <button
              key={action}
              type="button"
              class={action === 'delete' ? 'danger' : undefined}
              disabled={known.link !== 'here'}
              aria-label={`${action === 'reset' ? 'reset counters of' : action} ${view.name}`}
              onClick={() => void askAndAct(action, view)}
            >
              <Icon name={ACTION_ICONS[action]} />
              {action === 'reset' ? 'Reset counters' : ACTION_WORDS[action]}
              {action === 'delete' && '…'}
            </button>
          ))}
          {needsSomebody(view) && (
            <button
              type="button"
              disabled={known.link !== 'here'}
              aria-label={view.seen == null ? `mark ${view.name} as seen` : `show ${view.name} again`}
              onClick={() => void markSeen([view], view.seen == null)}
            >
              <Icon name="eye" />
              {view.seen == null ? 'Mark as seen' : 'Show again'}
            </button>
          )}
          {only === 'menu' && (
            <a href={linkTo(view.name, 'log')}>
              <Icon name="logs" />
              Log
            </a>
          )}
          <a href={linkTo(view.name)}>
            <Icon name="open" />
            Its own page
          </a>
        </Popover>
      )}
    </>
  )
}

/** Takes what is wrong from "Needs you", for all, until it is over. */
export async function markSeen(views: readonly ProcessView[], seen: boolean): Promise<void> {
  try {
    await request('attention.seen', { targets: views.map(({ id }) => id), seen })
  } catch (error) {
    complain(error)
  }
}
