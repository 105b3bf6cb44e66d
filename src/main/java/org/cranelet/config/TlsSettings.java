package org.cranelet.config;

import java.util.List;
import java.util.Optional;

/**
 * {@code TLS}: certificates between nodes and towards users; used by node mode and remote access.
 */
public record TlsSettings(
    boolean enabled,
    Optional<String> internalCert,
    Optional<String> internalKey,
    Optional<String> externalCert,
    Optional<String> externalKey,
    Optional<String> ca,
    List<String> allowedNodes,
    Optional<String> domainSuffix) {

  static TlsSettings read(Section s) throws ConfigException {
    return new TlsSettings(
        s.bool("Enabled", false),
        s.optionalString("InternalCertFilePath"),
        s.optionalString("InternalKeyFilePath"),
        s.optionalString("ExternalCertFilePath"),
        s.optionalString("ExternalKeyFilePath"),
        s.optionalString("CaFilePath"),
        s.strings("AllowedNodes", List.of()),
        s.optionalString("DomainSuffix"));
  }
}
