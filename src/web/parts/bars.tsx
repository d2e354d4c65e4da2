/** Bars with their figures in words beside them. */
export interface Bar {
  key: string
  value: number
  bad: boolean
}

export function Bars({ bars, words, label }: { bars: readonly Bar[]; words: (value: number | null) => string; label: string }) {
  const top = Math.max(...bars.map(({ value }) => Math.abs(value)), 1e-9)
  return (
    <table class="bars" aria-label={label}>
      <tbody>
        {bars.map(({ key, value, bad }) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td>
              <span class={`bar-fill ${bad ? 'bad' : ''}`} style={{ width: `${(Math.abs(value) / top) * 100}%` }} />
            </td>
            <td class="number">{words(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
