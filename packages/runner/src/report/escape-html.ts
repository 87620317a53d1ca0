import { visibleText } from '../diff/visible-text.ts'

/** Text for any place in HTML, attributes in quotes included; what cannot be seen is written out. */
export function escapeHtml(text: string): string {
  return visibleText(text).replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
