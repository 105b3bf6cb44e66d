package org.cranelet.image.reference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The certificate authorities that this machine trusts, a site's own among them. Java would ask its
 * own list instead, and a native binary even the one of the machine it was built on.
 */
final class SystemTrust {
  /** Names another file, as it does for curl, openssl and the runtimes. */
  static final String VARIABLE = "SSL_CERT_FILE";

  /** Debian's, Fedora's and SUSE's file of all authorities. */
  private static final List<Path> BUNDLES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"));

  private SystemTrust() {}

  /**
   * @param env this process's environment
   * @throws IOException if the file named there, or the machine's, cannot be used
   */
  static SSLContext context(Map<String, String> env) throws IOException {
    Optional<Path> bundle = bundle(env);
    try {
      if (bundle.isEmpty()) {
        return SSLContext.getDefault();
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(keys(bundle.get()));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "cannot use the certificate authorities of "
              + bundle.map(Path::toString).orElse("this machine")
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static Optional<Path> bundle(Map<String, String> env) {
    String named = env.getOrDefault(VARIABLE, "");
    return named.isEmpty()
        ? BUNDLES.stream().filter(Files::isReadable).findFirst()
        : Optional.of(Path.of(named));
  }

  private static KeyStore keys(Path bundle) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
    keys.load(null, null);
    try (InputStream in = Files.newInputStream(bundle)) {
      int n = 0;
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        keys.setCertificateEntry(Integer.toString(n++), c);
      }
    }
    return keys;
  }
}
