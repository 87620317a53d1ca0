// Nothing gets out of this process, and every attempt is noted in the file that NETWORK_LOG names.
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

function refuse(what) {
  return () => {
    appendFileSync(process.env.NETWORK_LOG, `${what}\n`)
    throw new Error(`${what}: there is no network here.`)
  }
}

net.Socket.prototype.connect = refuse('connect')
dgram.Socket.prototype.bind = refuse('bind')
dgram.Socket.prototype.send = refuse('send')
for (const owner of [dns, dns.promises])
  for (const name of Object.keys(owner).filter((key) => /^(lookup|resolve|reverse)/.test(key)))
    owner[name] = refuse(`dns.${name}`)
syncBuiltinESMExports()
