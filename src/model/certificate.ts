// What a client's certificate calls its holder, once its signature has been verified.

export interface CertificateNames {
  /** The subject's common name. */
  readonly commonName: string | undefined;
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  /** `id-on-xmppAddr` (RFC 6120 §13.7.1.4). */
  readonly xmppAddresses: readonly string[];
}
