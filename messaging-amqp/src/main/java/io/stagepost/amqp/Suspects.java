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
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What may kill the process, of one receiver: sees to it that it is written down before it begins,
 * and when it has not killed us. Belongs to the loop, and writes beside it.
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

  /** What has not killed us while there was no connection. */
  private final List<AmqpDelivery> survivors = new ArrayList<>();

  /** Whether it has been told since the last connection that something is suspect. */
  private boolean told;

  /** Whether the broker takes nothing in, so that nothing can be written down. */
  private boolean stalled;

  // Beside the loop only.
  private @Nullable Connection evidenceAt;

  /** By address; null where its stream is missing. */
  private final Map<String, @Nullable Evidence> evidence = new HashMap<>();

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
    List<AmqpDelivery> unwritten = List.copyOf(survivors);
    survivors.clear();
    unwritten.forEach(this::lived);
  }

  /** The connection is gone, or is about to go. */
  void disconnected() {
    connection = null;
    told = false;
  }

  /** Whether one may have the process to itself: not while the others would wait for an alarm. */
  boolean mayBegin() {
    return !stalled;
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
    Connection at = connection;
    if (at == null) {
      return; // and its stay is over
    }
    CompletableFuture<Void> written = loop.beside(() -> writeBegin(at, stay, suspect));
    var unused =
        written.whenComplete(
            (nothing, failure) -> {
              if (failure != null) {
                loop.run(() -> onUnwritten.accept(at));
              }
            });
    loop.later(() -> overdue(at, stay, suspect, written), PATIENCE);
  }

  /** Beside the loop. */
  private void writeBegin(Connection at, Stay stay, AmqpDelivery suspect) {
    Evidence there = evidence(at, stay.address());
    if (there == null) {
      loop.run(() -> witnessed(stay, suspect, 0));
      return;
    }
    String identity = Evidence.identity(suspect.message());
    String begin = UUID.randomUUID().toString();
    loop.run(() -> there.await(begin, deaths -> witnessed(stay, suspect, deaths)));
    there.write(identity, begin);
  }

  private void witnessed(Stay stay, AmqpDelivery suspect, int deaths) {
    stay.witnessed(suspect, deaths);
    pump.run();
  }

  /** It is not known to be written: it was lost, or the broker has not even taken it in. */
  private void overdue(
      Connection at, Stay stay, AmqpDelivery suspect, CompletableFuture<Void> written) {
    if (at != connection || !stay.isUnwitnessed(suspect)) {
      return;
    }
    if (written.isDone()) {
      onUnwritten.accept(at);
      return;
    }
    stalled = true;
    stay.giveWay();
    lived(suspect); // is written behind it
    var unused =
        written.whenComplete(
            (nothing, failure) ->
                loop.run(
                    () -> {
                      stalled = false;
                      pump.run();
                    }));
  }

  /**
   * It is settled, or was not begun after all. It did not kill us; that is written down now, or on
   * the next connection.
   */
  void lived(AmqpDelivery suspect) {
    pump.run();
    Connection at = connection;
    if (at == null) {
      survivors.add(suspect);
      return;
    }
    var unused =
        loop.beside(() -> writeEnd(at, suspect))
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) {
                    loop.run(() -> unwritten(at, suspect));
                  }
                });
  }

  /** Beside the loop. */
  private void writeEnd(Connection at, AmqpDelivery suspect) {
    Evidence there = evidence(at, suspect.address());
    if (there != null) {
      there.write(Evidence.identity(suspect.message()), null);
    }
  }

  private void unwritten(Connection at, AmqpDelivery survivor) {
    if (at == connection) {
      onUnwritten.accept(at);
    }
    if (connection == null) {
      survivors.add(survivor);
    } else {
      lived(survivor);
    }
  }

  /** What is given back, or lost, has the process until its handler has ended. */
  void left(@Nullable AmqpDelivery suspect, CompletableFuture<Void> handled) {
    if (suspect != null) {
      var unused =
          handled.thenRun(
              () -> {
                process.alone().release();
                loop.run(() -> lived(suspect));
              });
    }
  }

  /**
   * Where it is written down; null if there is no place for it, so that nobody can be blamed.
   * Beside the loop.
   */
  private @Nullable Evidence evidence(Connection at, String address) {
    if (at != evidenceAt) {
      evidence.clear();
      evidenceAt = at;
    }
    if (evidence.containsKey(address)) {
      return evidence.get(address);
    }
    String stream = Layout.evidence(address, subscription);
    Evidence opened = null;
    try {
      topology.requireExchange(stream);
      topology.requireQueue(at.management(), stream);
      opened = new Evidence(at, stream, process.id(), () -> loop.run(() -> onUnwritten.accept(at)));
    } catch (AmqpEntityDoesNotExistException missing) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-AMQP-052 Subscription "
                  + subscription
                  + " cannot find out what kills its process: the exchange or the stream "
                  + stream
                  + " does not exist. Create it, or let the transport do so"
                  + " (Topology.AUTO_CREATE).");
    }
    evidence.put(address, opened);
    return opened;
  }
}
