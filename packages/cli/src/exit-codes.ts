/** What a caller, such as a CI job, reads of a command. */
export const exitCodes = {
  /** Done, and no gate hit. */
  ok: 0,
  /** It could not run, or every item failed. */
  failed: 1,
  /** A gate of `diff` was hit, or a run could not be reproduced as it was. */
  gate: 2,
  /** The command line is wrong (EX_USAGE of sysexits.h). */
  usage: 64,
  /** Stopped by Ctrl-C: 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const
