package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Address;
import com.rabbitmq.client.amqp.AmqpException.AmqpSecurityException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.ConnectionBuilder;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Resource.State;
import com.rabbitmq.client.amqp.Resource.StateListener;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections. One that is lost is gone: whoever needed it opens another, so that what hangs
 * on a connection (links, unsettled deliveries, unconfirmed messages) never outlives it.
 * Thread-safe.
 */
final class Connections implements AutoCloseable {
  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Connections");

  private final ConnectionSettings settings;

  /** Answers to publishes are told on this thread, in the order in which they come. */
  private final ExecutorService confirms =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "stagepost-amqp-confirms");
            thread.setDaemon(true);
            answering = thread;
            return thread;
          });

  private volatile @Nullable Thread answering;

  private final Set<Environment> environments = new HashSet<>();
  private boolean closed;

  Connections(ConnectionSettings settings) {
    this.settings = settings;
  }

  /**
   * Opens a connection: to each of the addresses in turn, beginning anywhere, until one answers.
   * Blocks.
   *
   * @param purpose shown at the broker
   * @param dispatching where its consumers' messages are handed out; null for threads of its own
   * @param listener is told of its states
   * @throws com.rabbitmq.client.amqp.AmqpException if none of them lets us in
   */
  Connection open(String purpose, @Nullable Executor dispatching, StateListener listener) {
    List<Address> brokers = settings.brokers();
    int first = ThreadLocalRandom.current().nextInt(brokers.size());
    RuntimeException failure = null;
    for (int i = 0; i < brokers.size(); i++) {
      try {
        return open(brokers.get((first + i) % brokers.size()), purpose, dispatching, listener);
      } catch (RuntimeException refused) {
        if (failure == null) {
          failure = refused;
        } else if (refused instanceof AmqpSecurityException // which somebody has to mend
            && !(failure instanceof AmqpSecurityException)) {
          refused.addSuppressed(failure);
          failure = refused;
        } else {
          failure.addSuppressed(refused);
        }
      }
    }
    throw failure == null ? new IllegalStateException("No broker") : failure;
  }

  /** Whether the caller is on the thread on which answers to publishes are told. */
  boolean isAnswering() {
    return Thread.currentThread() == answering;
  }

  private Connection open(
      Address broker, String purpose, @Nullable Executor dispatching, StateListener listener) {
    Environment environment = environment();
    ConnectionBuilder builder = environment.connectionBuilder();
    settings.apply(builder, broker);
    builder.name("stagepost " + purpose).listeners(listener);
    if (renewsTokens()) {
      builder.listeners(
          event -> {
            if (event.currentState() == State.CLOSED) {
              // by another thread than one of its own
              new Thread(() -> end(environment), "stagepost-amqp-ended").start();
            }
          });
    }
    builder.recovery().activated(false);
    if (dispatching != null) {
      builder.dispatchingExecutor(dispatching);
    }
    try {
      return builder.build();
    } catch (RuntimeException refused) {
      if (renewsTokens()) {
        end(environment);
      }
      throw AmqpFailures.sorted(refused, settings.login());
    }
  }

  /**
   * Where a connection lives: with all others, or, if it renews a token, alone. The client (1.5.0)
   * never asks again for a token that it could not renew, hands out one that has expired, and goes
   * on renewing for a connection that was refused; all of that ends with the environment.
   */
  private synchronized Environment environment() {
    if (closed) {
      throw new IllegalStateException("The transport is closed");
    }
    if (!renewsTokens() && !environments.isEmpty()) {
      return environments.iterator().next();
    }
    Environment fresh = new AmqpEnvironmentBuilder().publisherExecutorService(confirms).build();
    environments.add(fresh);
    return fresh;
  }

  private boolean renewsTokens() {
    return settings.login() instanceof Login.Token;
  }

  private void end(Environment environment) {
    synchronized (this) {
      if (!environments.remove(environment)) {
        return;
      }
    }
    try {
      environment.close();
    } catch (RejectedExecutionException endedAlready) {
      LOG.log(Level.DEBUG, "Closing what has ended", endedAlready);
    }
  }

  @Override
  public void close() {
    List<Environment> closing;
    synchronized (this) {
      closed = true;
      closing = List.copyOf(environments);
    }
    closing.forEach(this::end);
    confirms.shutdown();
  }
}
