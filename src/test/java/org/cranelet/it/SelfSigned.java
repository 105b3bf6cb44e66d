package org.cranelet.it;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** TLS with a certificate made here, for 127.0.0.1, that nobody trusts. */
final class SelfSigned {
  private static final String PASSWORD = "not-secret";

  private SelfSigned() {}

  static HttpServer server(InetSocketAddress address) throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(keyStore(), PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      server.setHttpsConfigurator(new HttpsConfigurator(context));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
    return server;
  }

  private static KeyStore keyStore() throws IOException, GeneralSecurityException {
    Path directory = Files.createTempDirectory("it-tls");
    Path file = directory.resolve("keys.p12");
    Programs.run(
            Map.of(),
            directory,
            Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
            "-genkeypair",
            "-alias",
            "it",
            "-keyalg",
            "EC",
            "-dname",
            "CN=127.0.0.1",
            "-ext",
            "SAN=ip:127.0.0.1",
            "-validity",
            "2",
            "-keystore",
            file.toString(),
            "-storepass",
            PASSWORD)
        .mustSucceed();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    Files.delete(file);
    Files.delete(directory);
    return store;
  }
}
