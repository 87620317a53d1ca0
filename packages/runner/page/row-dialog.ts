import { visibleText } from '../src/diff/visible-text.ts'
import { wordDiff } from '../src/diff/word-diff.ts'
import type { RowDetail } from '../src/report/report-index.ts'
import type { ReportData } from './report-data.ts'
import { element } from './element.ts'
import { scoreText } from './row-columns.ts'

/** Longer answers are shown whole, but their differences are not marked: that would take too long. */
const mostCompared = 40_000

/** One item with the answers of every model and run beside each other. */
export class RowDialog {
  readonly #data: ReportData
  readonly #dialog: HTMLDialogElement
  readonly #body: HTMLElement
  readonly #neighbour: (row: number, step: 1 | -1) => number | undefined
  #row = 0

  constructor(
    data: ReportData,
    dialog: HTMLDialogElement,
    handlers: { neighbour: (row: number, step: 1 | -1) => number | undefined; closed: () => void },
  ) {
    this.#data = data
    this.#dialog = dialog
    this.#body = dialog.querySelector<HTMLElement>('.body')!
    this.#neighbour = handlers.neighbour
    for (const button of dialog.querySelectorAll<HTMLElement>('[data-step]'))
      button.addEventListener('click', () => void this.#step(button.dataset['step'] === 'next' ? 1 : -1))
    dialog.querySelector('[data-close]')!.addEventListener('click', () => dialog.close())
    dialog.addEventListener('close', () => handlers.closed())
    dialog.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowRight' || event.key === 'j') void this.#step(1)
      if (event.key === 'ArrowLeft' || event.key === 'k') void this.#step(-1)
    })
  }

  async open(row: number): Promise<void> {
    this.#row = row
    const siblings = this.#data.siblings(row)
    const details = await Promise.all(siblings.map((sibling) => this.#data.detail(sibling)))
    if (this.#row !== row) return
    this.#body.replaceChildren(...this.#content(row, siblings, details))
    const { index } = this.#data
    this.#dialog.querySelector('h2')!.textContent =
      `${visibleText(index.probes[index.probe[row]!]!)} · ${visibleText(index.example[row]!)}`
    if (!this.#dialog.open) this.#dialog.showModal()
    this.#body.scrollTop = 0
  }

  async #step(step: 1 | -1): Promise<void> {
    const next = this.#neighbour(this.#row, step)
    if (next !== undefined) await this.open(next)
  }

  #content(row: number, siblings: readonly number[], details: readonly RowDetail[]): HTMLElement[] {
    const own = details[siblings.indexOf(row)]!
    const input = element('pre', 'text')
    input.append(...visibleNodes(own.input))
    const answers = element('div', 'answers')
    const [reference] = details
    for (const [place, sibling] of siblings.entries())
      answers.append(this.#answer(sibling, details[place]!, place === 0 ? undefined : reference, sibling === row))
    return [heading('Input'), input, heading(siblings.length > 1 ? 'Answers' : 'Answer'), answers]
  }

  #answer(row: number, detail: RowDetail, reference: RowDetail | undefined, chosen: boolean): HTMLElement {
    const { index } = this.#data
    const card = element('section', chosen ? 'answer chosen' : 'answer')
    const title = element('h4', '')
    const names = [
      index.models.length > 1 || index.runs.length === 1 ? index.models[index.model[row]!]! : '',
      index.runs.length > 1 ? index.runs[index.run[row]!]! : '',
    ]
    title.textContent = visibleText(names.filter(Boolean).join(' · '))
    const facts = element('p', 'facts')
    const score = scoreText(index.score[row] ?? null)
    facts.textContent = visibleText(
      [
        index.statuses[index.status[row]!]!,
        score === '' ? '' : `score ${score}`,
        ...detail.facts,
        `line ${detail.line}`,
      ]
        .filter(Boolean)
        .join(' · '),
    )
    card.append(title, facts)
    const text = element('pre', 'text')
    if (detail.output === null) text.append(muted('(no output)'))
    else text.append(...answerNodes(detail.output, reference?.output ?? undefined))
    card.append(text)
    if (detail.error !== null) card.append(labelled('Error', detail.error))
    if (detail.explanation !== null) card.append(labelled('Verdict', detail.explanation))
    return card
  }
}

/** The answer, with what the reference does not have marked, and what only the reference has struck out. */
function answerNodes(output: string, reference: string | undefined): Node[] {
  if (reference === undefined || reference === output || output.length + reference.length > mostCompared)
    return visibleNodes(output)
  return wordDiff(reference, output).flatMap(({ kind, text }) => {
    if (kind === 'same') return visibleNodes(text)
    const mark = document.createElement(kind === 'added' ? 'ins' : 'del')
    mark.append(...visibleNodes(text))
    return [mark]
  })
}

/** Text nodes only: whatever a model wrote is text. Line breaks stay, what cannot be seen is written out and marked. */
function visibleNodes(text: string): Node[] {
  return text.split(/(\r\n|\n)/).map((part) => document.createTextNode(/^\r?\n$/.test(part) ? '\n' : visibleText(part)))
}

function labelled(label: string, text: string): HTMLElement {
  const paragraph = element('p', 'labelled')
  const name = element('strong', '')
  name.textContent = `${label}: `
  paragraph.append(name, ...visibleNodes(text))
  return paragraph
}

function muted(text: string): HTMLElement {
  const span = element('span', 'muted')
  span.textContent = text
  return span
}

function heading(text: string): HTMLElement {
  const made = element('h3', '')
  made.textContent = text
  return made
}
