/** Means of a number by two fields, as a table that is tinted by its values; the figures are in it. Summed up by the daemon. */
import { useState } from 'preact/hooks'
import type { ResultRow } from '../../../../protocol/history.ts'
import type { ProcessView } from '../../../../protocol/view.ts'
import { request, useApp } from '../../../app-state.ts'
import { matrixOf } from '../../../job/matrix.ts'
import { columnsOf, figureWords, numericColumns } from '../../../table.ts'
import { useAsked } from '../../../use-asked.ts'

interface MatrixProps {
  view: ProcessView
  /** Rows that show which fields there are. */
  sample: readonly ResultRow[]
  turn: string
}

export function Matrix({ view, sample, turn }: MatrixProps) {
  const { known } = useApp()
  const [chosen, choose] = useState<{ measure?: string; by?: string; and?: string }>({})
  const numbers = numericColumns(sample)
  const words = columnsOf(sample).filter((name) => !numbers.includes(name))
  const measure = chosen.measure ?? numbers[0]
  const by = chosen.by ?? words[0]
  const and = chosen.and ?? words.find((name) => name !== by) ?? ''
  const isKnown = measure !== undefined && by !== undefined
  const { value, error } = useAsked(`${turn} ${measure} ${by} ${and} ${known.link === 'here'}`, () =>
    isKnown && known.link === 'here'
      ? request('results.groups', { target: view.id, measure, by, ...(and === '' || and === by ? {} : { and }) })
      : Promise.resolve(null),
  )
  if (!isKnown) return null
  const matrix = value === null ? null : matrixOf(value.groups)
  const means = value?.groups.map(({ mean }) => mean) ?? []
  const pick = (label: string, field: keyof typeof chosen, shown: string, names: readonly string[]) => (
    <label>
      {label}{' '}
      <select value={shown} onChange={({ currentTarget }) => choose({ ...chosen, [field]: currentTarget.value })}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name || '(nothing)'}
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <div class="matrix-box">
      <div class="bar picks">
        {pick('Mean of', 'measure', measure, numbers)}
        {pick(
          'by',
          'by',
          by,
          columnsOf(sample).filter((name) => name !== measure),
        )}
        {pick('and', 'and', and === by ? '' : and, ['', ...columnsOf(sample).filter((name) => name !== measure && name !== by)])}
      </div>
      {error !== null && known.link === 'here' && <p class="error">{error.message}</p>}
      {matrix !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section class="scroll bare" tabIndex={0} aria-label={`Mean of ${measure}`}>
          <table class="matrix">
            <thead>
              <tr>
                <th scope="col">{by}</th>
                {matrix.columns.map((name) => (
                  <th key={name} scope="col" class="number">
                    {name || 'mean'}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {matrix.rows.map(({ name, cells }) => (
                <tr key={name}>
                  <th scope="row">{name || '(none)'}</th>
                  {cells.map((cell, index) =>
                    cell === null ? (
                      <td key={matrix.columns[index]} class="none" />
                    ) : (
                      <td
                        key={matrix.columns[index]}
                        class={`number t${cell.tint}`}
                        title={`${cell.count} rows, ${figureWords(cell.min)} to ${figureWords(cell.max)}`}
                      >
                        {figureWords(cell.mean, means)}
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {matrix !== null && matrix.left > 0 && <p class="quiet">{matrix.left} more groups are in the charts.</p>}
    </div>
  )
}
