// The namespaces we speak, each by the name its specification gives it.

export const ns = {
  /** RFC 6120. */
  client: "jabber:client",
  /** XEP-0114. */
  component: "jabber:component:accept",
  streams: "http://etherx.jabber.org/streams",
  streamErrors: "urn:ietf:params:xml:ns:xmpp-streams",
  stanzaErrors: "urn:ietf:params:xml:ns:xmpp-stanzas",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  /** XEP-0388, XEP-0386, XEP-0484, XEP-0440. */
  sasl2: "urn:xmpp:sasl:2",
  bind2: "urn:xmpp:bind:0",
  fast: "urn:xmpp:fast:0",
  channelBindings: "urn:xmpp:sasl-cb:0",
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  tls: "urn:ietf:params:xml:ns:xmpp-tls",
  /** RFC 3921 §3; gone from RFC 6121, still asked for. */
  session: "urn:ietf:params:xml:ns:xmpp-session",
  /** RFC 7395. */
  framing: "urn:ietf:params:xml:ns:xmpp-framing",
  /** XEP-0124, XEP-0206. */
  httpBind: "http://jabber.org/protocol/httpbind",
  xbosh: "urn:xmpp:xbosh",
  /** RFC 6121. */
  roster: "jabber:iq:roster",
  rosterVersion: "urn:xmpp:features:rosterver",
  preApproval: "urn:xmpp:features:pre-approval",
  discoInfo: "http://jabber.org/protocol/disco#info",
  discoItems: "http://jabber.org/protocol/disco#items",
  dataForms: "jabber:x:data",
  muc: "http://jabber.org/protocol/muc",
  mucUser: "http://jabber.org/protocol/muc#user",
  mucOwner: "http://jabber.org/protocol/muc#owner",
  mucAdmin: "http://jabber.org/protocol/muc#admin",
  conference: "jabber:x:conference",
  register: "jabber:iq:register",
  registerFeature: "http://jabber.org/features/iq-register",
  chatStates: "http://jabber.org/protocol/chatstates",
  compress: "http://jabber.org/protocol/compress",
  receipts: "urn:xmpp:receipts",
  sm: "urn:xmpp:sm:3",
  ping: "urn:xmpp:ping",
  delay: "urn:xmpp:delay",
  carbons: "urn:xmpp:carbons:2",
  forward: "urn:xmpp:forward:0",
  markers: "urn:xmpp:chat-markers:0",
  hints: "urn:xmpp:hints",
  /** XEP-0308. */
  correct: "urn:xmpp:message-correct:0",
  /** XEP-0424; the one before it was put on with XEP-0422. */
  retract: "urn:xmpp:message-retract:1",
  retractBefore: "urn:xmpp:message-retract:0",
  fasten: "urn:xmpp:fasten:0",
  /** XEP-0425. */
  moderate: "urn:xmpp:message-moderate:1",
  /** XEP-0492. */
  notify: "urn:xmpp:notification-settings:1",
  /** XEP-0353, XEP-0166, XEP-0167. */
  jingleMessage: "urn:xmpp:jingle-message:0",
  jingle: "urn:xmpp:jingle:1",
  jingleRtp: "urn:xmpp:jingle:apps:rtp:1",
  /** XEP-0444. */
  reactions: "urn:xmpp:reactions:0",
  /** XEP-0461. */
  reply: "urn:xmpp:reply:0",
  /** XEP-0428. */
  fallback: "urn:xmpp:fallback:0",
  /** XEP-0066. */
  outOfBand: "jabber:x:oob",
  stanzaIds: "urn:xmpp:sid:0",
  occupantIds: "urn:xmpp:occupant-id:0",
  resultSets: "http://jabber.org/protocol/rsm",
  mam: "urn:xmpp:mam:2",
  formValidation: "http://jabber.org/protocol/xdata-validate",
  blocking: "urn:xmpp:blocking",
  blockingErrors: "urn:xmpp:blocking:errors",
  privateXml: "jabber:iq:private",
  vcard: "vcard-temp",
  last: "jabber:iq:last",
  version: "jabber:iq:version",
  time: "urn:xmpp:time",
  externalServices: "urn:xmpp:extdisco:2",
  streamLimits: "urn:xmpp:stream-limits:0",
  pubsub: "http://jabber.org/protocol/pubsub",
  pubsubEvent: "http://jabber.org/protocol/pubsub#event",
  pubsubOwner: "http://jabber.org/protocol/pubsub#owner",
  pubsubErrors: "http://jabber.org/protocol/pubsub#errors",
  /** XEP-0335. */
  json: "urn:xmpp:json:0",
  /** Ours: what a plain topic says, where it is no JSON. */
  topicPayload: "urn:trivium:topic:0",
  caps: "http://jabber.org/protocol/caps",
  csi: "urn:xmpp:csi:0",
  upload: "urn:xmpp:http:upload:0",
  hats: "urn:xmpp:hats:0",
  push: "urn:xmpp:push:0",
  pushSummary: "urn:xmpp:push:summary",
  commands: "http://jabber.org/protocol/commands",
  preauth: "urn:xmpp:pars:0",
  tokenRegister: "urn:xmpp:ibr-token:0",
  reporting: "urn:xmpp:reporting:1",
  policyErrors: "urn:xmpp:errors",
  xml: "http://www.w3.org/XML/1998/namespace",
  xmlns: "http://www.w3.org/2000/xmlns/",
} as const;
