/**
 * Exact McNemar test for pass and fail on the same items: the two-sided p value of a split of the discordant pairs at
 * least as uneven as this one, each side being as likely. Concordant pairs carry no evidence of a difference and do not
 * enter; 1 where there is no other.
 * Source: McNemar, Psychometrika 12 (1947); exact form as in R's exact2x2 and statsmodels' `mcnemar(exact=True)`.
 */
export function mcnemarTest(onlyBaselinePassed: number, onlyCandidatePassed: number): number {
  const trials = onlyBaselinePassed + onlyCandidatePassed
  const fewer = Math.min(onlyBaselinePassed, onlyCandidatePassed)
  if (trials === 0 || onlyBaselinePassed === onlyCandidatePassed) return 1
  let term = Math.exp(logHalfBinomial(fewer, trials))
  let sum = 0
  for (let k = fewer; k >= 0 && term > sum * 1e-17; k--) {
    sum += term
    term *= k / (trials - k + 1)
  }
  return Math.min(1, 2 * sum)
}

/**
 * Logarithm of the binomial probability of k successes in n trials at one half, without the cancellation of log-gamma.
 * Source: Loader, "Fast and accurate computation of binomial probabilities", 2000, as in R's dbinom.
 */
function logHalfBinomial(k: number, n: number): number {
  if (k === 0 || k === n) return -n * Math.LN2
  return (
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n / 2) -
    deviance(n - k, n / 2) +
    0.5 * Math.log(n / (2 * Math.PI * k * (n - k)))
  )
}

/** log n! less Stirling's formula. */
function stirlingError(n: number): number {
  if (n <= 15) {
    let factorial = 0
    for (let i = 2; i <= n; i++) factorial += Math.log(i)
    return factorial - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI)
  }
  const square = n * n
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / n
}

/** x log(x / mean) + mean - x, by series where the two are close. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x
  const v = (x - mean) / (x + mean)
  let sum = (x - mean) * v
  let term = 2 * x * v
  for (let j = 1; ; j++) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) return sum
    sum = next
  }
}
