package io.stagepost.kafka;

import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.jspecify.annotations.Nullable;

/**
 * The transport's administrative client, made when it is first needed. Thread-safe.
 *
 * <p>A client whose credentials were refused may say so until its metadata are due again, for five
 * minutes (seen with 4.3.1), whatever has become of them. Another takes its place.
 */
final class SharedAdmin implements Supplier<Admin>, AutoCloseable {
  /** How old a client is before another takes its place: a refusal may last. */
  private static final Duration LEAST_AGE = Duration.ofSeconds(1);

  private final ClientProperties properties;
  private final KafkaFailures failures;

  private final Object lock = new Object();
  private @Nullable Admin client;
  private long since;
  private @Nullable Long refused;
  private boolean closed;

  SharedAdmin(ClientProperties properties, KafkaFailures failures) {
    this.properties = properties;
    this.failures = failures;
  }

  @Override
  public Admin get() {
    synchronized (lock) {
      if (closed) {
        throw failures.closed();
      }
      if (client == null) {
        try {
          client = Admin.create(properties.forAdmin());
        } catch (KafkaException unusable) {
          throw failures.client("admin client", unusable);
        }
        since = System.nanoTime();
      }
      return client;
    }
  }

  /** To be told what an answer failed with. */
  void failed(Throwable failure) {
    if (!(KafkaFailures.unwrap(failure) instanceof AuthenticationException)) {
      return;
    }
    Admin useless = null;
    synchronized (lock) {
      long now = System.nanoTime();
      refused = now;
      if (now - since > LEAST_AGE.toNanos()) {
        useless = client;
        client = null;
      }
    }
    close(useless);
  }

  /** Whether a broker has refused the transport's credentials after that moment. */
  boolean wasRefusedSince(long nanoTime) {
    synchronized (lock) {
      return refused != null && refused - nanoTime > 0;
    }
  }

  @Override
  public void close() {
    Admin closing;
    synchronized (lock) {
      closed = true;
      closing = client;
      client = null;
    }
    close(closing);
  }

  /** What is still asked fails at once. */
  private static void close(@Nullable Admin client) {
    if (client != null) {
      client.close(Duration.ZERO);
    }
  }
}
