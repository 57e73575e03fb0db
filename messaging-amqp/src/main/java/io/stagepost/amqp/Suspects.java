package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What may kill the process, of one receiver: sees to it that it is written down before it begins,
 * and when it has not killed us. Belongs to the loop.
 */
final class Suspects {
  /** How long it may take until something is known to be written. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final String subscription;
  private final AmqpTopology topology;
  private final OwnProcess process;
  private final Loop loop;
  private final Runnable pump;
  private final Consumer<Connection> onUnwritten;

  private @Nullable Connection connection;

  /** By address; null where its stream is missing. */
  private final Map<String, @Nullable Evidence> evidence = new HashMap<>();

  /** What has not killed us while there was no connection. */
  private final List<AmqpDelivery> survivors = new ArrayList<>();

  /** Whether it has been told since the last connection that something is suspect. */
  private boolean told;

  /**
   * None yet.
   *
   * @param pump offers what may be offered now
   * @param onUnwritten told, on the loop, that something could not be written, or not be read, on a
   *     connection
   */
  Suspects(
      String subscription,
      AmqpTopology topology,
      OwnProcess process,
      Loop loop,
      Runnable pump,
      Consumer<Connection> onUnwritten) {
    this.subscription = subscription;
    this.topology = topology;
    this.process = process;
    this.loop = loop;
    this.pump = pump;
    this.onUnwritten = onUnwritten;
  }

  void connected(Connection fresh) {
    connection = fresh;
    survivors.forEach(this::lived);
    survivors.clear();
  }

  /** The connection is gone, or is about to go. */
  void disconnected() {
    connection = null;
    evidence.clear();
    told = false;
  }

  /** It has the process to itself, and is offered once that is written down. */
  void begins(Stay stay, AmqpDelivery suspect) {
    LOG.log(
        told ? Level.DEBUG : Level.WARNING,
        () ->
            "SP-AMQP-050 Subscription "
                + subscription
                + ": "
                + Stay.SUSPICIOUS
                + " connections or more were lost while "
                + suspect
                + " was unsettled; it and others like it are handled while nothing else begins in this"
                + " process.");
    told = true;
    Evidence written = evidence(stay.address());
    if (written == null) {
      stay.witnessed(suspect, 0);
      return;
    }
    String identity = Evidence.identity(suspect.message());
    written.begins(
        identity,
        deaths -> {
          stay.witnessed(suspect, deaths);
          pump.run();
        });
    Connection at = connection;
    loop.later(
        () -> {
          if (at != null && written.isAwaited(identity)) {
            onUnwritten.accept(at);
          }
        },
        PATIENCE);
  }

  /** It is settled, or was not begun after all. */
  void lived(AmqpDelivery suspect) {
    pump.run();
    Evidence written = evidence(suspect.address());
    if (written != null) {
      written.ended(Evidence.identity(suspect.message()));
    }
  }

  /** What is given back, or lost, has the process until its handler has ended. */
  void left(@Nullable AmqpDelivery suspect, CompletableFuture<Void> handled) {
    if (suspect != null) {
      var unused =
          handled.thenRun(
              () -> {
                process.alone().release();
                loop.run(() -> survived(suspect));
              });
    }
  }

  /** It did not kill us; that is written down now, or on the next connection. */
  private void survived(AmqpDelivery suspect) {
    if (connection == null) {
      survivors.add(suspect);
    } else {
      lived(suspect);
    }
  }

  /** Where it is written down; null if there is no place for it, so that nobody can be blamed. */
  private @Nullable Evidence evidence(String address) {
    Connection at = connection;
    if (at == null || evidence.containsKey(address)) {
      return evidence.get(address);
    }
    String stream = Layout.evidence(address, subscription);
    Evidence opened = null;
    try {
      topology.requireQueue(at.management(), stream);
      opened = new Evidence(at, stream, process.id(), () -> loop.run(() -> onUnwritten.accept(at)));
    } catch (AmqpEntityDoesNotExistException missing) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-AMQP-052 Subscription "
                  + subscription
                  + " cannot find out what kills its process: the stream "
                  + stream
                  + " does not exist. Create it, or let the transport do so"
                  + " (Topology.AUTO_CREATE).");
    }
    evidence.put(address, opened);
    return opened;
  }
}
