/** What the page knows of every row without opening a block, one list per column. */
export interface ReportIndex {
  runs: string[]
  models: string[]
  probes: string[]
  statuses: string[]
  /** Rows per block. */
  blockRows: number
  /** Whether two runs are compared, and rows say whether they changed. */
  compared: boolean
  run: number[]
  model: number[]
  probe: number[]
  example: string[]
  repeat: number[]
  status: number[]
  score: (number | null)[]
  /** 1 where the item changed between the runs. */
  changed: number[]
}

/** What a row holds beside its index, as lists to keep blocks small. */
export interface RowDetail {
  input: string
  /** Null where there is none. */
  output: string | null
  error: string | null
  explanation: string | null
  /** Scores, and what served the calls, as short texts. */
  facts: string[]
  /** Line in records.jsonl. */
  line: number
}
