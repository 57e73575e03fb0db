package io.stagepost.testkit;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Stores messages at once, in the order of the calls, and confirms them later. Thread-safe. */
final class MemorySender implements Sender {
  private final InMemoryTransport transport;
  private final Broker broker;
  private final Duration timeout;

  // Guarded by the broker's lock.
  private final Set<Sending> inFlight = new LinkedHashSet<>();
  private boolean closed;

  /** How many have left, and their publishers are being told. */
  private int ending;

  MemorySender(InMemoryTransport transport, Broker broker, Duration timeout) {
    this.transport = transport;
    this.broker = broker;
    this.timeout = timeout;
  }

  @Override
  public CompletableFuture<Receipt> send(Message message) {
    Sending sending = new Sending(message.address(), broker.loop.manual);
    boolean held = broker.lockedGet(() -> accept(message, sending));
    Duration delay = broker.faults.sendDelay();
    if (held || delay.compareTo(timeout) > 0) {
      sending.limit = broker.loop.confirmAfter(timeout, () -> lose(sending, "within " + timeout));
    }
    if (!held && delay.isZero()) {
      confirm(sending);
    } else if (!held) {
      var unused = broker.loop.confirmAfter(delay, () -> finish(sending));
    }
    return sending;
  }

  /** On the line of confirmations; with a manual clock at once, so that its thread may wait. */
  private void confirm(Sending sending) {
    if (broker.loop.manual == null) {
      broker.loop.confirm(() -> finish(sending));
    } else {
      finish(sending);
    }
  }

  /** Under the lock: decides what will become of it; tells whether its confirmation is held. */
  private boolean accept(Message message, Sending sending) {
    inFlight.add(sending);
    if (closed) {
      sending.failure =
          new PublishRejectedException(
              "SP-TEST-022",
              "The sender is closed; a message for "
                  + message.address()
                  + " was not sent. Publish before closing.",
              PublishRejectedException.Fault.SURROUNDINGS,
              null);
      return false;
    }
    if (transport.isDown()) {
      sending.failure = unknown(message.address(), "since the connection is down");
      return false;
    }
    broker.accept(message, sending);
    return broker.faults.holds(() -> finish(sending));
  }

  private void finish(Sending sending) {
    if (leave(sending)) {
      end(sending, sending.failure);
    }
  }

  /** Tells the publisher; only then it is no longer under way. */
  private void end(Sending sending, @Nullable MessagingException failure) {
    if (failure != null) {
      sending.completeExceptionally(failure);
    } else {
      sending.complete(sending.receipt);
    }
    broker.locked(
        () -> {
          ending--;
          if (closed) {
            broker.changed.signalAll();
          }
        });
  }

  private void lose(Sending sending, String why) {
    if (leave(sending)) {
      end(sending, unknown(sending.address, why));
    }
  }

  /** Whether it was under way until now. */
  private boolean leave(Sending sending) {
    boolean left =
        broker.lockedGet(
            () -> {
              boolean removed = inFlight.remove(sending);
              ending += removed ? 1 : 0;
              return removed;
            });
    Future<?> limit = sending.limit;
    if (left && limit != null) {
      limit.cancel(false);
    }
    return left;
  }

  /** The connection is gone: what is under way may be stored or not, for all the sender knows. */
  void disconnect() {
    for (Sending sending : underWay()) {
      if (leave(sending)) {
        PublishUnknownException lost = unknown(sending.address, "before the connection was lost");
        broker.loop.confirm(() -> end(sending, lost));
      }
    }
  }

  private List<Sending> underWay() {
    return broker.lockedGet(() -> List.copyOf(inFlight));
  }

  private static PublishUnknownException unknown(String address, String why) {
    return new PublishUnknownException(
        "SP-TEST-023",
        "No confirmation came "
            + why
            + " for a message to "
            + address
            + "; it may be stored or not. Publish it again, with the same id.",
        null);
  }

  @Override
  public void close() {
    if (broker.lockedGet(this::closing)) {
      if (broker.loop.manual != null) {
        broker.loop.manual.help(() -> underWay().isEmpty());
      } else if (broker.loop.isOwn()) {
        underWay().stream().filter(sending -> sending.limit == null).forEach(this::finish);
      } else {
        broker.locked(this::awaitConfirmations);
      }
      underWay().forEach(sending -> lose(sending, "before the sender was closed"));
    }
    transport.forget(this);
  }

  private boolean closing() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  private void awaitConfirmations() {
    long left = timeout.toNanos();
    try {
      while ((!inFlight.isEmpty() || ending > 0) && left > 0) {
        left = broker.changed.awaitNanos(left);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "sender, " + timeout;
  }
}
