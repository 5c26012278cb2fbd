// What a front-end may know of a connection's TLS.

export interface TlsState {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** The cipher suite's name in the standard: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** The host name the client asked for (SNI, RFC 6066 §3), in lower case. */
  readonly serverName: string | undefined;
  /** The protocol agreed on (ALPN, RFC 7301): `xmpp-client`. */
  readonly alpn: string | undefined;
  /** The client's certificate, verified against the configured authorities; undefined without one, or with one they did not sign. */
  readonly client: ClientCertificate | undefined;
  /**
   * The `tls-server-end-point` channel binding: the hash of the certificate we showed (RFC 5929 §4.1). Undefined for a
   * certificate whose signature algorithm has no one hash function, such as Ed25519.
   */
  readonly serverEndPoint: Buffer | undefined;
  /**
   * Keying material of this connection (RFC 8446 §7.5). The channel binding `tls-exporter` is 32 bytes under the label
   * `EXPORTER-Channel-Binding` (RFC 9266 §2). Undefined below TLS 1.3, where it binds only with the extended master
   * secret (RFC 9266 §4.2), which cannot be seen from here.
   */
  exporter(label: string, length: number): Buffer | undefined;
}

export interface ClientCertificate {
  /** The subject's common name. */
  readonly commonName: string | undefined;
  /** The subject's alternative names (RFC 5280 §4.2.1.6), in the certificate's order. */
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  /** `id-on-xmppAddr` (RFC 6120 §13.7.1.4): bare or full JIDs, as they stand in the certificate. */
  readonly xmppAddresses: readonly string[];
  /** SHA-256 of the certificate, 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
}
