// The clock of this process goes back an hour, again and again.
const RealDate = Date
const start = RealDate.now()
const hour = 3_600_000
const now = () => RealDate.now() - Math.floor((RealDate.now() - start) / 100) * hour

globalThis.Date = class Date extends RealDate {
  static now() {
    return now()
  }

  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given))
  }
}
