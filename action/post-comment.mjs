const patience = 30_000
const pageSize = 100

/**
 * Writes the one comment of this action on a pull request: anew, or over the one that begins with the same marker.
 *
 * @param {import('./read-inputs.mjs').PullRequest} pullRequest
 * @param {string} marker
 * @param {string} body begins with the marker
 * @returns {Promise<string>} the comment's address; throws with GitHub's words and `status`
 */
export async function postComment({ api, repository, number, token }, marker, body) {
  const call = (method, path, json) => request(`${api}${path}`, method, token, json)
  const mine = await ownAuthor(call)
  for (let page = 1; ; page++) {
    const path = `/repos/${repository}/issues/${number}/comments?per_page=${pageSize}&page=${page}`
    const comments = await call('GET', path)
    const old = comments.find((comment) => comment.body?.startsWith(marker) && mine(comment.user))
    if (old !== undefined)
      return (await call('PATCH', `/repos/${repository}/issues/comments/${old.id}`, { body })).html_url
    if (comments.length < pageSize) break
  }
  return (await call('POST', `/repos/${repository}/issues/${number}/comments`, { body })).html_url
}

/** Anybody can write our marker; a token that may write could overwrite what they wrote. */
async function ownAuthor(call) {
  try {
    const { login } = await call('GET', '/user')
    return (user) => user?.login === login
  } catch (error) {
    // The token of a job, or of an app, has no user. Its comments are a bot's.
    if (error.status === 403) return (user) => user?.type === 'Bot'
    throw error
  }
}

async function request(url, method, token, json) {
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'insidellms-action',
      'x-github-api-version': '2022-11-28',
      ...(json !== undefined && { 'content-type': 'application/json' }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    signal: AbortSignal.timeout(patience),
  })
  const text = await response.text()
  if (!response.ok)
    throw Object.assign(new Error(`${method} ${url} was answered with ${response.status}: ${wordsOf(text)}`), {
      status: response.status,
    })
  return JSON.parse(text)
}

function wordsOf(text) {
  try {
    return String(JSON.parse(text).message)
  } catch {
    return text.slice(0, 200)
  }
}
