import { signTest } from './sign-test.ts'

/**
 * Exact McNemar test for pass and fail on the same items: the two-sided p value of as many or more discordant pairs on
 * one side, given how many there are. Concordant pairs carry no evidence of a difference and do not enter.
 * Source: McNemar, Psychometrika 12 (1947); exact form as in R's exact2x2 and statsmodels' `mcnemar(exact=True)`.
 */
export function mcnemarTest(onlyBaselinePassed: number, onlyCandidatePassed: number): number {
  return signTest(onlyBaselinePassed, onlyCandidatePassed)
}
