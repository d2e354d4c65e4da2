/** The metrics as a real parser of the Prometheus text format reads them. */
import parsePrometheusTextFormat from 'parse-prometheus-text-format'

interface Parsed {
  name: string
  help: string
  type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM'
  metrics: { value?: string; labels?: Record<string, string>; count?: string; sum?: string; buckets?: Record<string, string> }[]
}

export function parseMetrics(text: string) {
  const families = new Map((parsePrometheusTextFormat(text) as Parsed[]).map((family) => [family.name, family]))
  const sameLabels = (own: Record<string, string> = {}, wanted: Record<string, string>): boolean =>
    Object.keys(own).length === Object.keys(wanted).length && Object.entries(wanted).every(([key, value]) => own[key] === value)
  return {
    families,
    /** null when there is no such series. */
    value(name: string, labels: Record<string, string> = {}): number | null {
      const sample = families.get(name)?.metrics.find((metric) => sameLabels(metric.labels, labels))
      return sample?.value === undefined ? null : Number(sample.value)
    },
    histogram(name: string): { count: number; sum: number; buckets: Record<string, string> } | null {
      const found = families.get(name)?.metrics[0]
      return found?.count === undefined
        ? null
        : { count: Number(found.count), sum: Number(found.sum), buckets: found.buckets ?? {} }
    },
  }
}
