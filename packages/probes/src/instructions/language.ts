/** How a language is told from others: by script, then by letters or by its most common short words. */
interface LanguageProfile {
  name: string
  script: RegExp
  /** Letters that its neighbours of the same script do not use. */
  letters?: RegExp
  words?: ReadonlySet<string>
}

const latin = /\p{Script=Latin}/gu
const cyrillic = /\p{Script=Cyrillic}/gu
const arabic = /\p{Script=Arabic}/gu
const devanagari = /\p{Script=Devanagari}/gu
const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/gu
const words = (list: string): ReadonlySet<string> => new Set(list.split(' '))

/** By ISO 639-1 code: IFEval's 30 and a few more. */
export const languages: ReadonlyMap<string, LanguageProfile> = new Map<string, LanguageProfile>([
  [
    'en',
    {
      name: 'English',
      script: latin,
      words: words('the and of to in is that it for with as are was this on be at by an which from or you not have'),
    },
  ],
  [
    'es',
    {
      name: 'Spanish',
      script: latin,
      words: words('el la los las de que y en un una es por con para se no su al lo como más pero del está son'),
    },
  ],
  [
    'pt',
    {
      name: 'Portuguese',
      script: latin,
      words: words('o os a as de que e em um uma é por com para se não seu ao como mais mas do da está são'),
    },
  ],
  [
    'fr',
    {
      name: 'French',
      script: latin,
      words: words('le la les de des et en un une est que qui pour dans ce pas sur au avec plus il elle sont par du'),
    },
  ],
  [
    'de',
    {
      name: 'German',
      script: latin,
      words: words(
        'der die das und ist in den von zu mit ein eine für auf nicht es sich dem auch als an wie sind im des',
      ),
    },
  ],
  [
    'it',
    {
      name: 'Italian',
      script: latin,
      words: words('il lo la gli le di che e in un una è per con non si del della sono da come più ma anche nel'),
    },
  ],
  [
    'nl',
    {
      name: 'Dutch',
      script: latin,
      words: words('de het een en van is in dat op te met voor niet zijn aan er om ook als bij maar naar door dit ze'),
    },
  ],
  [
    'pl',
    {
      name: 'Polish',
      script: latin,
      words: words('i w na z do się nie jest to że o jak po co za ale od są dla przez przy oraz ten ta czy'),
    },
  ],
  [
    'vi',
    {
      name: 'Vietnamese',
      script: latin,
      words: words(
        'là và của có không được một cho các những trong với này đã người để khi về từ như nhiều ra vào tôi đó',
      ),
    },
  ],
  [
    'fi',
    {
      name: 'Finnish',
      script: latin,
      words: words(
        'ja on ei se että hän oli ovat mutta myös kun niin joka tai kuin sen ole tämä jos voi nyt olla mitä sekä vain',
      ),
    },
  ],
  [
    'sw',
    {
      name: 'Swahili',
      script: latin,
      words: words(
        'na ya wa kwa ni katika za la kuwa cha hii hiyo au kama pia watu yake wake sana lakini hivyo moja siku hilo ili',
      ),
    },
  ],
  ['ru', { name: 'Russian', script: cyrillic, letters: /[ыэёъ]/iu }],
  ['uk', { name: 'Ukrainian', script: cyrillic, letters: /[іїєґ]/iu }],
  [
    'bg',
    {
      name: 'Bulgarian',
      script: cyrillic,
      words: words('и на да се за от с е не са по че това като или през при към до който може'),
    },
  ],
  [
    'ar',
    {
      name: 'Arabic',
      script: arabic,
      words: words('في من على إلى أن هذا هذه التي الذي عن مع لا ما هو هي كان و أو ذلك بين'),
    },
  ],
  [
    'fa',
    {
      name: 'Persian',
      script: arabic,
      words: words('و در به از که این است را با برای آن یک می تا بر های شود خود هم یا'),
    },
  ],
  [
    'ur',
    { name: 'Urdu', script: arabic, words: words('کے میں کی ہے اور سے کا کو ہیں نے پر یہ ایک اس کہ بھی تھا جو نہیں') },
  ],
  [
    'hi',
    { name: 'Hindi', script: devanagari, words: words('है के में की और से का को हैं पर यह एक इस कि भी था जो नहीं ने लिए') },
  ],
  [
    'mr',
    {
      name: 'Marathi',
      script: devanagari,
      words: words('आहे आणि या हा ही हे व आहेत मध्ये तो ती एक नाही होते केले साठी असे त्या किंवा'),
    },
  ],
  [
    'ne',
    {
      name: 'Nepali',
      script: devanagari,
      words: words('छ र हो मा को लाई छन् यो पनि गर्न एक भएको तथा हुन् गरेको थियो लागि त्यो हुन्छ'),
    },
  ],
  ['bn', { name: 'Bengali', script: /\p{Script=Bengali}/gu }],
  ['pa', { name: 'Punjabi', script: /\p{Script=Gurmukhi}/gu }],
  ['gu', { name: 'Gujarati', script: /\p{Script=Gujarati}/gu }],
  ['ta', { name: 'Tamil', script: /\p{Script=Tamil}/gu }],
  ['te', { name: 'Telugu', script: /\p{Script=Telugu}/gu }],
  ['kn', { name: 'Kannada', script: /\p{Script=Kannada}/gu }],
  ['ml', { name: 'Malayalam', script: /\p{Script=Malayalam}/gu }],
  ['th', { name: 'Thai', script: /\p{Script=Thai}/gu }],
  ['he', { name: 'Hebrew', script: /\p{Script=Hebrew}/gu }],
  ['el', { name: 'Greek', script: /\p{Script=Greek}/gu }],
  ['ko', { name: 'Korean', script: /\p{Script=Hangul}/gu }],
  ['ja', { name: 'Japanese', script: japanese, letters: /[\p{Script=Hiragana}\p{Script=Katakana}]/u }],
  ['zh', { name: 'Chinese', script: /\p{Script=Han}/gu }],
])

/**
 * Whether a text is in that language. IFEval asks `langdetect`; this reads script, letters and common words, without a
 * model: it needs a sentence or so, and does not tell apart what it has no words for.
 */
export function speaks(text: string, language: string): boolean {
  return languageOf(text) === language
}

/** The ISO 639-1 code of a text's language, or undefined. */
export function languageOf(text: string): string | undefined {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const tokens = text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? []
  let best: { code: string; weight: number } | undefined
  for (const [code, profile] of languages) {
    const share = (text.match(profile.script)?.length ?? 0) / letters
    if (!(share >= 0.6)) continue
    const weight = weigh(text, tokens, profile)
    if (weight > 0 && (best === undefined || weight > best.weight)) best = { code, weight }
  }
  return best?.code
}

/** Common words count each; a telling letter outweighs them; a script of one language alone settles it. */
function weigh(text: string, tokens: readonly string[], { letters, words }: LanguageProfile): number {
  if (letters !== undefined) return letters.test(text) ? 1000 : 0
  if (words === undefined) return 1
  return tokens.filter((token) => words.has(token)).length
}
