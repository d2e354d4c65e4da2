/** The keys that apply now, in chapters, and what the marks mean. */
import wrapAnsi from 'wrap-ansi'
import { STATES, type State } from '../../words/states.ts'
import { helpKeys } from '../applies.ts'
import { CHAPTERS } from '../binding.ts'
import { keyWords } from '../bindings.ts'
import type { Panel } from '../layout.ts'
import type { Model } from '../model.ts'
import { toWidth } from '../text.ts'
import type { Theme } from '../theme.ts'
import { type Drawn, panel } from './frame.ts'

const KEYS = 16
/** From this width on two chapters stand side by side. */
const TWO_FROM = 120

const MOUSE = [
  ['click', 'selects; on a head sorts, on a group folds, on a key below does what it says'],
  ['double click', 'details'],
  ['wheel', 'moves what is under it'],
] as const

function entry(theme: Theme, keys: string, help: string, width: number): string[] {
  const room = Math.max(8, width - KEYS - 2)
  return wrapAnsi(help, room, { hard: true })
    .split('\n')
    .map((line, row) => ` ${theme.accent(theme.bold(toWidth(row === 0 ? keys : '', KEYS)))} ${line}`)
}

function chapterLines(model: Model, width: number): string[][] {
  const { theme } = model
  const keys = helpKeys(model)
  const chapters = CHAPTERS.flatMap((chapter) => {
    const own = keys.filter((binding) => binding.chapter === chapter)
    if (own.length === 0) return []
    return [
      [
        theme.bold(` ${chapter}`),
        ...own.flatMap(({ keys: names, help }) => entry(theme, names.map(keyWords).join(' '), help, width)),
        '',
      ],
    ]
  })
  return [...chapters, [theme.bold(' Mouse'), ...MOUSE.flatMap(([what, does]) => entry(theme, what, does, width)), '']]
}

function legend(model: Model, width: number): string[] {
  const { theme } = model
  const cell = 17
  const each = Math.max(1, Math.floor((width - 1) / cell))
  const marks = (Object.keys(STATES) as State[]).map((state) =>
    toWidth(`${theme.hue(STATES[state].hue)(theme.mark(state))} ${STATES[state].word}`, cell),
  )
  const rows = Math.ceil(marks.length / each)
  return [
    theme.bold(' Marks'),
    ...Array.from({ length: rows }, (_, row) => ` ${marks.slice(row * each, (row + 1) * each).join('')}`),
    ` ${theme.dim('Last runs:')} ${theme.well} ended well, ${theme.failed} failed, ${theme.dropped} stopped, ${theme.live} runs now`,
  ]
}

/** Chapters in two columns of about the same height. */
function inTwo(chapters: readonly (readonly string[])[], half: number): string[] {
  const total = chapters.reduce((sum, lines) => sum + lines.length, 0)
  const left: string[] = []
  const right: string[] = []
  for (const lines of chapters) (left.length + lines.length / 2 <= total / 2 ? left : right).push(...lines)
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, row) => toWidth(left[row] ?? '', half) + (right[row] ?? ''),
  )
}

/** As much as fits on a small terminal at once: a few words for each key. */
function briefLines(model: Model, width: number): string[] {
  const { theme } = model
  const half = Math.floor(width / 2)
  const room = half - BRIEF_KEYS - 3
  const keys = helpKeys(model)
  const chapters = CHAPTERS.flatMap((chapter) => {
    const own = keys.filter((binding) => binding.chapter === chapter && binding.brief !== undefined)
    if (own.length === 0) return []
    const lines = own.map(
      ({ keys: names, brief }) =>
        ` ${theme.accent(theme.bold(toWidth(names.slice(0, 2).map(keyWords).join(' '), BRIEF_KEYS)))} ${toWidth(brief!, room, 'left', theme.ellipsis)} `,
    )
    return [[theme.bold(` ${chapter}`), ...lines]]
  })
  return [...inTwo(chapters, half), ...legend(model, width)]
}
const BRIEF_KEYS = 11

function allLines(model: Model, width: number, height: number): string[] {
  if (width >= TWO_FROM) {
    const half = Math.floor(width / 2)
    return [...inTwo(chapterLines(model, half), half), ...legend(model, width)]
  }
  const long = [...chapterLines(model, width).flat(), ...legend(model, width)]
  return long.length <= height || width < BRIEF_FROM ? long : briefLines(model, width)
}
/** Narrower, there is no room for two columns. */
const BRIEF_FROM = 70

export function drawHelp(model: Model, at: Panel): Drawn {
  const { theme } = model
  const { width, height } = at.inner
  const lines = allLines(model, width, height)
  const top = Math.min(model.helpTop, Math.max(0, lines.length - height))
  const below = lines.length - top - height
  return panel(
    theme,
    at,
    { title: 'Keys', note: below > 0 ? `${below} more below` : theme.dim('those that apply now'), focused: true },
    lines.slice(top, top + height),
  )
}
