package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;

import io.stagepost.Setting;
import io.stagepost.Setting.Layer;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS as it was set up. Its files are looked at whenever a connection begins, and read again when
 * their content has changed, so that a rotated certificate is used from the next connection on. A
 * connection that is open stays as it is. Files that cannot be read, half written ones perhaps,
 * leave the former ones in force. Thread-safe.
 */
final class Tls {
  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Connections");

  private final @Nullable StoreFile trusted;
  private final @Nullable StoreFile identity;
  private final boolean verifiesHost;

  /** Whether the context is made here, and not by the program. */
  private final boolean loads;

  private SSLContext context;
  private byte @Nullable [] trustedContent;
  private byte @Nullable [] identityContent;
  private boolean complained;

  private Tls(
      @Nullable StoreFile trusted,
      @Nullable StoreFile identity,
      boolean verifiesHost,
      boolean loads,
      SSLContext context) {
    this.trusted = trusted;
    this.identity = identity;
    this.verifiesHost = verifiesHost;
    this.loads = loads;
    this.context = context;
  }

  /** As the program made it. */
  static Tls given(SSLContext context, boolean verifiesHost) {
    return new Tls(null, null, verifiesHost, false, context);
  }

  /**
   * From files.
   *
   * @param trusted whom to trust; null for the JDK's authorities
   * @param identity a certificate of our own, if any
   * @param verifiesHost whether the broker's certificate must name its host
   * @throws IOException if a file cannot be read
   * @throws GeneralSecurityException if what it holds is of no use
   */
  static Tls of(@Nullable StoreFile trusted, @Nullable StoreFile identity, boolean verifiesHost)
      throws IOException, GeneralSecurityException {
    Tls tls = new Tls(trusted, identity, verifiesHost, true, SSLContext.getInstance("TLS"));
    tls.load(content(trusted), content(identity));
    return tls;
  }

  boolean verifiesHost() {
    return verifiesHost;
  }

  /** What is set, for people. */
  List<Setting<?>> settings() {
    List<Setting<?>> all = new ArrayList<>();
    all.add(new Setting<>("TLS", "on", Layer.CODE));
    all.add(
        new Setting<>(
            "host name verification",
            verifiesHost ? "on" : "off",
            verifiesHost ? Layer.DEFAULT : Layer.CODE));
    if (loads) {
      all.add(
          new Setting<>(
              "trusted certificates",
              trusted == null ? "the JDK's authorities" : trusted.toString(),
              trusted == null ? Layer.DEFAULT : Layer.CODE));
      all.add(
          new Setting<>(
              "client certificate",
              identity == null ? "none" : identity.toString(),
              identity == null ? Layer.DEFAULT : Layer.CODE));
    } else {
      all.add(new Setting<>("SSL context", "the program's", Layer.CODE));
    }
    return all;
  }

  /** For a connection that begins now. */
  synchronized SSLContext context() {
    try {
      byte[] trustedNow = content(trusted);
      byte[] identityNow = content(identity);
      if (!Arrays.equals(trustedNow, trustedContent)
          || !Arrays.equals(identityNow, identityContent)) {
        load(trustedNow, identityNow);
        complained = false;
        LOG.log(Level.INFO, "Certificates were changed, and have been read again");
      }
    } catch (IOException | GeneralSecurityException unreadable) {
      if (!complained) {
        complained = true;
        LOG.log(
            Level.WARNING,
            "SP-AMQP-044 The files with certificates or keys were changed and cannot be read; the"
                + " former ones stay in force. Write such files in one step (write beside, then"
                + " rename); a new password needs a new transport.",
            unreadable);
      }
    }
    return context;
  }

  private static byte @Nullable [] content(@Nullable StoreFile file) throws IOException {
    return file == null ? null : file.content();
  }

  private synchronized void load(byte @Nullable [] trustedNow, byte @Nullable [] identityNow)
      throws IOException, GeneralSecurityException {
    TrustManager[] trust = null; // the JDK's
    if (trustedNow != null) {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(requireNonNull(trusted).trusted(trustedNow));
      trust = factory.getTrustManagers();
    }
    KeyManager[] keys = null;
    if (identityNow != null) {
      StoreFile own = requireNonNull(identity);
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(own.identity(identityNow), own.keyPassword(identityNow));
      keys = factory.getKeyManagers();
    }
    // another one, so that no session of the former certificate is resumed
    SSLContext fresh = SSLContext.getInstance("TLS");
    fresh.init(keys, trust, null);
    context = fresh;
    trustedContent = trustedNow;
    identityContent = identityNow;
  }
}
