package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.KeyStore;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.security.auth.SslEngineFactory;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's own TLS, with key and trust stores that are read again when their files have changed:
 * what the transport sets as {@code ssl.engine.factory.class} unless the program sets another. A
 * Kafka client by itself reads them once.
 *
 * <p>Each new connection looks at the files' modification times (links followed), so a rotated
 * certificate is used from the next connection on. A connection that is open stays as it is: TLS
 * shows certificates when it connects. Stores that cannot be read, half written ones perhaps, leave
 * the former ones in force until the next connection. Paths and passwords are those given at first.
 *
 * <p>Public because Kafka creates it by its class. Thread-safe once configured.
 */
public final class ReloadingSslEngineFactory implements SslEngineFactory {
  private static final Logger LOG = System.getLogger("io.stagepost.kafka.Transport");

  private Map<String, ?> configs = Map.of();
  private @Nullable DefaultSslEngineFactory current;
  private boolean complained;

  /** Called by Kafka. */
  public ReloadingSslEngineFactory() {}

  @Override
  public synchronized void configure(Map<String, ?> configs) {
    this.configs = configs;
    this.current = load();
  }

  private DefaultSslEngineFactory load() {
    DefaultSslEngineFactory loaded = new DefaultSslEngineFactory();
    loaded.configure(configs);
    return loaded;
  }

  private synchronized DefaultSslEngineFactory current() {
    DefaultSslEngineFactory known = requireNonNull(current);
    @SuppressWarnings("unchecked") // it only compares them
    Map<String, Object> same = (Map<String, Object>) configs;
    if (!known.shouldBeRebuilt(same)) {
      return known;
    }
    try {
      DefaultSslEngineFactory fresh = load();
      current = fresh;
      complained = false;
      LOG.log(Level.INFO, "Key and trust stores were changed, and have been read again");
      return fresh;
    } catch (KafkaException unreadable) {
      if (!complained) {
        complained = true;
        LOG.log(
            Level.WARNING,
            "SP-KAFKA-044 Key or trust stores were changed and cannot be read; the former ones stay"
                + " in force. Write such files in one step (write beside, then rename); a new"
                + " password needs a new transport.",
            unreadable);
      }
      return known;
    }
  }

  @Override
  public SSLEngine createClientSslEngine(
      String peerHost, int peerPort, String endpointIdentification) {
    return current().createClientSslEngine(peerHost, peerPort, endpointIdentification);
  }

  @Override
  public SSLEngine createServerSslEngine(String peerHost, int peerPort) {
    return current().createServerSslEngine(peerHost, peerPort);
  }

  /** Never: it does so by itself. */
  @Override
  public boolean shouldBeRebuilt(Map<String, Object> nextConfigs) {
    return false;
  }

  @Override
  public Set<String> reconfigurableConfigs() {
    return Set.of();
  }

  @Override
  public @Nullable KeyStore keystore() {
    return current().keystore();
  }

  @Override
  public @Nullable KeyStore truststore() {
    return current().truststore();
  }

  @Override
  public synchronized void close() {
    if (current != null) {
      current.close();
    }
  }
}
