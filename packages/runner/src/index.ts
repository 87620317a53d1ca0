export {
  configSchema,
  type ConfigFile,
  type DatasetEntry,
  type ModelEntry,
  type ProbeEntry,
  type RunConfig,
} from './config/config-schema.ts'
export { loadConfig, type LoadedConfig, parseConfig, type ParseConfigOptions } from './config/load-config.ts'
export type {
  Cause,
  CauseSummary,
  Change,
  ChangeCategory,
  ChangeKind,
  Comparison,
  DiffCounts,
  DiffReport,
  GateName,
  GateResult,
  ItemDiff,
  LoneItem,
  SideSummary,
} from './diff/diff-report.ts'
export { type DiffOptions, diffRuns } from './diff/diff-runs.ts'
export { type DiffFormat, diffFormats, formatDiff, type FormatOptions } from './diff/format-diff.ts'
export { gateNames } from './diff/gates.ts'
export { visibleText } from './diff/visible-text.ts'
export { type DiffPart, wordDiff } from './diff/word-diff.ts'
export { openRun, type RunDirectory } from './read/open-run.ts'
export type { RecordKey } from './read/record-view.ts'
export type { Interval } from './statistics/interval.ts'
export {
  type ValidateOptions,
  validateRun,
  type ValidationIssue,
  type ValidationReport,
} from './validate/validate-run.ts'
export { type CassetteMode, type CassetteOptions, withCassette } from './replay/with-cassette.ts'
export { prepareRegistry, type RegistryOptions } from './run/prepare-registry.ts'
export type { RunProgress } from './run/progress.ts'
export { run, type RunOptions, type RunResult } from './run/run.ts'
export {
  type TouchedPlace,
  type VerifiedFile,
  type VerifyOptions,
  type VerifyReport,
  verifyRun,
} from './validate/verify-run.ts'
export type { TouchedLine } from './validate/locate-touched.ts'
export { type ReportOptions, type ReportResult, writeReport } from './report/write-report.ts'
export {
  type ExportFormat,
  exportFormats,
  type ExportOptions,
  type ExportResult,
  exportRun,
} from './export/export-run.ts'
export type { InstallationComparison, InstallationFact } from './reproduce/compare-installation.ts'
export { type ReproduceOptions, reproduceRun, type Reproduction } from './reproduce/reproduce-run.ts'
export type { CatalogueFacts, PreflightFinding } from './preflight/finding.ts'
export { type ModelPlan, type PreflightOptions, type PreflightReport, preflightRun } from './preflight/preflight-run.ts'
