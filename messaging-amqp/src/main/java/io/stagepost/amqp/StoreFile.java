package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file with certificates, and the private key of the first of them perhaps: PEM or PKCS12, as its
 * content says.
 *
 * @param path where it is
 * @param password of a PKCS12 file; never shown
 */
record StoreFile(Path path, @Nullable String password) {
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String PRIVATE_KEY = "PRIVATE KEY";
  private static final char[] NONE = {};

  byte[] content() throws IOException {
    return Files.readAllBytes(path);
  }

  /** Whom to trust. */
  KeyStore trusted(byte[] content) throws GeneralSecurityException, IOException {
    KeyStore store;
    if (isPem(content)) {
      store = empty();
      for (Certificate certificate : certificates(content)) {
        store.setCertificateEntry("trusted-" + store.size(), certificate);
      }
    } else {
      store = pkcs12(content);
    }
    for (String alias : Collections.list(store.aliases())) {
      if (store.isCertificateEntry(alias)) {
        return store;
      }
    }
    throw new KeyStoreException("it has no certificate to be trusted");
  }

  /** A private key with its certificates. */
  KeyStore identity(byte[] content) throws GeneralSecurityException, IOException {
    if (isPem(content)) {
      List<Certificate> chain = certificates(content);
      if (chain.isEmpty()) {
        throw new KeyStoreException("it has no certificate");
      }
      KeyStore store = empty();
      store.setKeyEntry(
          "identity", key(content, chain.get(0)), NONE, chain.toArray(new Certificate[0]));
      return store;
    }
    KeyStore store = pkcs12(content);
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        return store;
      }
    }
    throw new KeyStoreException("it has no private key");
  }

  /** What the keys in {@link #identity} are protected by. */
  char[] keyPassword(byte[] content) {
    return isPem(content) || password == null ? NONE : password.toCharArray();
  }

  private static boolean isPem(byte[] content) {
    return text(content).contains("-----BEGIN ");
  }

  private static String text(byte[] content) {
    return new String(content, ISO_8859_1);
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private KeyStore pkcs12(byte[] content) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(new ByteArrayInputStream(content), password == null ? null : password.toCharArray());
    return store;
  }

  private static List<Certificate> certificates(byte[] content) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<Certificate> all = new ArrayList<>();
    Matcher block = PEM.matcher(text(content));
    while (block.find()) {
      if (block.group(1).equals(CERTIFICATE)) {
        all.add(factory.generateCertificate(new ByteArrayInputStream(bytes(block))));
      }
    }
    return all;
  }

  private static PrivateKey key(byte[] content, Certificate its) throws GeneralSecurityException {
    Matcher block = PEM.matcher(text(content));
    while (block.find()) {
      if (block.group(1).equals(PRIVATE_KEY)) {
        return KeyFactory.getInstance(its.getPublicKey().getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(bytes(block)));
      }
      if (block.group(1).endsWith(PRIVATE_KEY)) {
        throw new KeyStoreException(
            "its key is a \""
                + block.group(1)
                + "\"; make it a \"PRIVATE KEY\": openssl pkcs8 -topk8 -nocrypt");
      }
    }
    throw new KeyStoreException("it has no \"PRIVATE KEY\"");
  }

  private static byte[] bytes(Matcher block) throws KeyStoreException {
    try {
      return Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException cut) {
      throw new KeyStoreException("its " + block.group(1) + " is not Base64", cut);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
