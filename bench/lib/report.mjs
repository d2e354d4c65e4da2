// Figures with the bound they are held against: a table for people, JSON lines for programs, one file a section.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const round = (value) => (value === null || value === undefined ? null : Number(value.toPrecision(4)))

/** Median with its spread; medians are compared, because this kind of machine changes speed by a third for seconds. */
export function stats(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median: round(median), min: round(sorted[0]), max: round(sorted.at(-1)), n: sorted.length }
}

/** Collects the results of one section. */
export function report(section) {
  const results = []
  const add = (result) => {
    const line = { section, ...result }
    results.push(line)
    console.log(JSON.stringify(line))
    return line
  }
  return {
    results,
    /** A figure that is shown and held against nothing: a floor, or a peer. */
    fact: (what, value, unit, more = {}) => add({ what, value: round(value), unit, ...more }),
    /** A figure against a target: `value <= target` (a ratio, when there is a bound: value / bound). */
    target(what, value, unit, target, more = {}) {
      const ratio = more.bound === undefined ? undefined : value / more.bound
      return add({
        what,
        value: round(value),
        unit,
        ...more,
        bound: round(more.bound),
        ratio: round(ratio),
        target,
        met: (ratio ?? value) <= target,
      })
    },
    save() {
      const directory = fileURLToPath(new URL('../results/', import.meta.url))
      mkdirSync(directory, { recursive: true })
      writeFileSync(
        `${directory}${section}.json`,
        `${JSON.stringify({ section, at: new Date().toISOString(), node: process.version, results }, null, 1)}\n`,
      )
    },
  }
}

/** The table of one section. */
export function printTable(results) {
  const rows = [
    ['what', 'value', 'spread', 'bound', 'ratio', 'target', ''],
    ...results.map((r) => [
      r.what,
      `${r.value ?? '-'} ${r.unit ?? ''}`,
      r.min === undefined ? '' : `${r.min}-${r.max} n=${r.n}`,
      r.bound === undefined || r.bound === null ? '' : `${r.bound} (${r.boundIs})`,
      r.ratio === undefined || r.ratio === null ? '' : `${r.ratio} x`,
      r.target === undefined ? '' : `<= ${r.target}${r.ratio === undefined || r.ratio === null ? '' : ' x'}`,
      r.met === undefined ? '' : r.met ? 'met' : 'MISSED',
    ]),
  ]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)))
  console.log()
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => String(cell).padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
  console.log()
}
