/** The Prometheus text format 0.0.4: per family HELP, TYPE and samples. */
import type { Histogram } from '../supervisor/metrics.ts'

export type Labels = Readonly<Record<string, string>>
export type Sample = readonly [labels: Labels, value: number]

export function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  return `${head(name, type, help)}${samples.map(([labels, value]) => line(name, labels, value)).join('')}`
}

export const single = (name: string, type: 'counter' | 'gauge', help: string, value: number): string =>
  family(name, type, help, [[{}, value]])

export function histogramFamily(name: string, help: string, { edges, counts, sum }: Histogram): string {
  let text = head(name, 'histogram', help)
  let total = 0
  counts.forEach((inBucket, at) => {
    total += inBucket
    text += line(`${name}_bucket`, { le: at < edges.length ? String(edges[at]) : '+Inf' }, total)
  })
  return `${text}${line(`${name}_sum`, {}, sum)}${line(`${name}_count`, {}, total)}`
}

const head = (name: string, type: string, help: string): string =>
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
