package io.stagepost.testkit.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import javax.security.auth.x500.X500Principal;

/**
 * An authority that issues certificates which are valid to the second: the JDK reads such
 * certificates (RFC 5280, in DER) and has no public way to write them, and its keytool counts in
 * days and takes half a second for each step.
 */
public final class Certificates {
  public static final String PASSWORD = "store-password";

  private static final byte[] ECDSA_WITH_SHA256 = hex("300a06082a8648ce3d040302");
  private static final byte[] BASIC_CONSTRAINTS = hex("0603551d13");
  private static final byte[] SUBJECT_ALTERNATIVE_NAME = hex("0603551d11");
  private static final byte[] TRUE = hex("0101ff");
  private static final int SEQUENCE = 0x30;
  private static final int INTEGER = 0x02;
  private static final int OCTETS = 0x04;
  private static final int BITS = 0x03;
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;
  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final KeyPair keys = keys();
  private final X500Principal name;
  private final X509Certificate certificate;

  public Certificates(String name) {
    this.name = new X500Principal("CN=" + name);
    Instant now = Instant.now();
    byte[] isAuthority = der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTETS, der(SEQUENCE, TRUE)));
    this.certificate =
        certificate(
            this.name,
            keys,
            now.minus(Duration.ofDays(1)),
            now.plus(Duration.ofDays(1)),
            isAuthority);
  }

  /** What trusts this authority. */
  public String pem() {
    return pem("CERTIFICATE", encoded(certificate));
  }

  /** A key and its certificate. */
  public record Identity(PrivateKey key, X509Certificate certificate, Certificates issuer) {
    /** A key store in one file: the key, its certificate, the authority. */
    public String pem() {
      return Certificates.pem("PRIVATE KEY", key.getEncoded())
          + Certificates.pem("CERTIFICATE", encoded(certificate))
          + issuer.pem();
    }

    /** In one step, as one should. */
    public void writePem(Path file) {
      try {
        Path beside = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), pem());
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException failure) {
        throw new IllegalStateException(failure);
      }
    }

    public Path writePkcs12(Path file) {
      try (OutputStream out = Files.newOutputStream(file)) {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
            "key",
            key,
            PASSWORD.toCharArray(),
            new Certificate[] {certificate, issuer.certificate});
        store.store(out, PASSWORD.toCharArray());
        return file;
      } catch (GeneralSecurityException | IOException failure) {
        throw new IllegalStateException(failure);
      }
    }
  }

  public Identity issue(String name, Instant until) {
    return issue(name, until, "localhost");
  }

  /** For this machine's address and a name. */
  public Identity issue(String name, Instant until, String host) {
    byte[] hostName = der(DNS_NAME, host.getBytes(US_ASCII));
    byte[] hosts =
        host.equals("localhost")
            ? der(SEQUENCE, hostName, der(IP_ADDRESS, new byte[] {127, 0, 0, 1}))
            : der(SEQUENCE, hostName);
    KeyPair pair = keys();
    Instant from = Instant.now().minus(Duration.ofDays(1));
    return new Identity(
        pair.getPrivate(),
        certificate(
            new X500Principal("CN=" + name),
            pair,
            from,
            until,
            der(SEQUENCE, SUBJECT_ALTERNATIVE_NAME, der(OCTETS, hosts))),
        this);
  }

  private X509Certificate certificate(
      X500Principal subject, KeyPair of, Instant from, Instant until, byte[] extension) {
    byte[] content =
        der(
            SEQUENCE,
            der(0xa0, der(INTEGER, new byte[] {2})),
            der(INTEGER, new BigInteger(63, new SecureRandom()).toByteArray()),
            ECDSA_WITH_SHA256,
            name.getEncoded(),
            der(SEQUENCE, time(from), time(until)),
            subject.getEncoded(),
            of.getPublic().getEncoded(),
            der(0xa3, der(SEQUENCE, extension)));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate());
      signature.update(content);
      byte[] signed =
          der(SEQUENCE, content, ECDSA_WITH_SHA256, der(BITS, new byte[1], signature.sign()));
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(signed));
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static byte[] time(Instant when) {
    return der(0x17, UTC_TIME.format(when).getBytes(US_ASCII));
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static String pem(String what, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), what);
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    int length = content.size();
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    encoded.write(tag);
    if (length < 0x80) {
      encoded.write(length);
    } else {
      byte[] bytes = BigInteger.valueOf(length).toByteArray();
      int first = bytes[0] == 0 ? 1 : 0;
      encoded.write(0x80 | (bytes.length - first));
      encoded.write(bytes, first, bytes.length - first);
    }
    encoded.writeBytes(content.toByteArray());
    return encoded.toByteArray();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
