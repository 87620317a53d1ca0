import type { DiffReport } from './diff-report.ts'
import { formatDiffJunit } from './format-junit.ts'
import { formatDiffMarkdown } from './format-markdown.ts'
import { formatDiffText } from './format-text.ts'
import { visibleJson } from './visible-text.ts'

export const diffFormats = ['text', 'json', 'markdown', 'junit'] as const

export type DiffFormat = (typeof diffFormats)[number]

export interface FormatOptions {
  /** Colours for a terminal, in `text` only. Default: false. */
  color?: boolean
  /** Items shown in each section of `text` and `markdown`. Default: 25. */
  limit?: number
}

/** A report as a document, with a final line feed. Whatever a model wrote stays on its line and is shown, not obeyed. */
export function formatDiff(report: DiffReport, format: DiffFormat, options: FormatOptions = {}): string {
  switch (format) {
    case 'json':
      return `${visibleJson(JSON.stringify(report, null, 2))}\n`
    case 'markdown':
      return formatDiffMarkdown(report, options)
    case 'junit':
      return formatDiffJunit(report)
    case 'text':
      return formatDiffText(report, options)
  }
}
