// SPDX-License-Identifier: Apache-2.0
// A partner that runs libas2, as its users do: a script around AS2Composer, AS2Parser and their nodes.
//
// Run by node with a JSON file that says who is who.  Serves HTTPS on a port of its own; each line of
// standard input is a message to send, each line of output what came of it, both JSON.
'use strict'
const crypto = require('crypto')
const fs = require('fs')
const https = require('https')
const path = require('path')
const readline = require('readline')

const C = JSON.parse(fs.readFileSync(process.argv[2]))
const { AS2Composer, AS2Parser, AS2Crypto, isMdn, request } = require(path.join(C.modules, 'libas2'))

const read = file => fs.readFileSync(file)
const TLS = { ca: read(C.other_root), cert: read(C.tls_cert), key: read(C.tls_key) }
const waiting = []
const later = [] // receipts that came by themselves
let receiving = { decrypt: true, verify: true, signing: 'sha-256' } // how we take what comes

function agreement ({ sign, encrypt, mdn, area }) {
  return {
    host: {
      name: 'us',
      id: C.id,
      url: `https://127.0.0.1:${C.port}/mdn`,
      certificate: read(C.cert),
      privateKey: read(C.key),
      decrypt: receiving.decrypt,
      sign,
      mdn
    },
    partner: {
      name: 'them',
      id: C.other,
      url: `https://127.0.0.1:${C.other_port}/exchange/${area}`,
      certificate: read(C.other_cert),
      encrypt,
      verify: receiving.verify,
      mdn: { signing: receiving.signing }
    }
  }
}

// A body that is binary: as text of 8-bit characters, which its parser takes and does not decode as UTF-8.
const raw = (headers, body) => {
  let head = ''
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return head + '\r\n' + body.toString('latin1')
}

// The digest of the part as it would be signed: it has none of the AS2 headers in it.
async function mic (order, algorithm) {
  const signed = await new AS2Composer({ ...order, agreement: { ...order.agreement, partner: { ...order.agreement.partner, encrypt: false } } }).compile()
  const part = AS2Crypto.removeTrailingCrLf(await AS2Crypto.buildNode(signed.childNodes[0]))
  return crypto.createHash(algorithm.replace('-', '')).update(part).digest('base64')
}

async function reading (receipt, signed) {
  const disposition = await receipt.dispositionIn(signed ? { cert: read(C.other_cert) } : undefined)
  const { notification } = disposition
  return {
    signed: receipt.contentType.startsWith('multipart/signed'),
    processed: notification.disposition.processed && !notification.disposition.description,
    mic: (notification.receivedContentMic || {}).mic,
    original: notification.originalMessageId
  }
}

async function send (order) {
  const what = {
    message: { filename: 'order.edi', contentType: order.type, content: order.type.startsWith('text/') ? read(order.file).toString() : read(order.file) },
    agreement: agreement(order)
  }
  const composer = new AS2Composer(what)
  const options = await composer.toRequestOptions()
  const result = { 'message-id': composer.message.messageId().replace(/[<>]/g, '') }
  const answer = await request({ ...options, ...TLS })
  result.http = answer.statusCode
  if (!order.mdn) return result
  const receipt = order.mdn.async
    ? await new Promise(resolve => later.length ? resolve(later.shift()) : waiting.push(resolve))
    : await answer.mime()
  result.receipt = await reading(receipt, true)
  if (order.sign) result.mic = await mic(what, order.sign)
  return result
}

async function take (req, body, res) {
  const node = await AS2Parser.parse(raw(req.rawHeaders, body))
  if (isMdn(node)) {
    res.end()
    waiting.length ? waiting.shift()(node) : later.push(node)
    return
  }
  const { contentNode, dispositionNode } = await node.dispositionOut({ agreement: agreement({}) })
  fs.writeFileSync(C.received, contentNode ? contentNode.content : '')
  if (!req.headers['disposition-notification-to']) return res.end()
  const { headers, body: receipt } = await dispositionNode.buildObject()
  if (!req.headers['receipt-delivery-option']) {
    res.writeHead(200, headers)
    return res.end(receipt)
  }
  res.end()
  await request({ ...TLS, url: `https://127.0.0.1:${C.other_port}/receipt`, headers, body: receipt })
}

const server = https.createServer(TLS, (req, res) => {
  const pieces = []
  req.on('data', piece => pieces.push(piece))
  req.on('end', () => take(req, Buffer.concat(pieces), res).catch(error => {
    fs.writeFileSync(C.received, String(error.stack))
    res.statusCode = 500
    res.end()
  }))
})

const say = what => process.stdout.write(JSON.stringify(what) + '\n')

server.listen(C.port, '127.0.0.1', async () => {
  say({ ready: true })
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const order = JSON.parse(line)
    if (order.receiving) {
      receiving = order.receiving
      say({})
    } else {
      say(await send(order).catch(error => ({ error: String(error.stack || error) })))
    }
  }
  process.exit()
})
