import { AsyncLocalStorage, createHook } from 'node:async_hooks'

/** Something that the event loop waits for. */
interface Handle {
  hasRef?(): boolean
}

const timerTypes: ReadonlySet<string> = new Set(['Timeout', 'Immediate'])

/** What was begun inside a function, in whatever depth, and would still keep a process alive. */
export interface OpenHandles {
  timers(): number
  sockets(): number
}

/** Runs a function and follows the timers and sockets that it and its callees create; idle pooled sockets are no leak. */
export async function traceHandles(run: () => Promise<void>): Promise<OpenHandles & Disposable> {
  const inside = new AsyncLocalStorage<true>()
  const open = new Map<number, { type: string; handle: WeakRef<Handle> }>()
  const hook = createHook({
    init(id, type, _trigger, resource) {
      const watched = timerTypes.has(type) || type === 'TCPWRAP' || type === 'TLSWRAP' || type === 'PIPEWRAP'
      if (watched && inside.getStore()) open.set(id, { type, handle: new WeakRef(resource as Handle) })
    },
    destroy: (id) => void open.delete(id),
  }).enable()
  try {
    await inside.run(true, run)
  } catch (error) {
    hook.disable()
    throw error
  }
  const count = (timers: boolean): number =>
    [...open.values()].filter(({ type, handle }) => timerTypes.has(type) === timers && handle.deref()?.hasRef?.())
      .length
  return {
    timers: () => count(true),
    sockets: () => count(false),
    [Symbol.dispose]: () => void hook.disable(),
  }
}
