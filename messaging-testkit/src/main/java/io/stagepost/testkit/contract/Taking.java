package io.stagepost.testkit.contract;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An intake that takes as many deliveries as the test allows, keeps them, and settles none. */
final class Taking implements Intake {
  private final List<Delivery> taken = new CopyOnWriteArrayList<>();
  private final Set<Assignment> released = ConcurrentHashMap.newKeySet();
  private final Set<Assignment> lost = ConcurrentHashMap.newKeySet();
  private @Nullable Receiver receiver;
  private int allowed = Integer.MAX_VALUE;
  private int refusals;
  private volatile CompletableFuture<Void> handled = CompletableFuture.completedFuture(null);

  @Override
  public synchronized int offer(List<? extends Delivery> deliveries) {
    int count = Math.min(allowed, deliveries.size());
    taken.addAll(deliveries.subList(0, count));
    allowed -= count;
    refusals += count < deliveries.size() ? 1 : 0;
    return count;
  }

  @Override
  public CompletableFuture<Void> release(Collection<Assignment> assignments) {
    released.addAll(assignments);
    return handled;
  }

  @Override
  public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
    lost.addAll(assignments);
    return release(assignments);
  }

  synchronized void from(Receiver receiver) {
    this.receiver = receiver;
    receiver.roomAvailable();
  }

  /** Takes so many more, and tells the receiver. */
  void allow(int more) {
    Receiver telling;
    synchronized (this) {
      allowed = more;
      telling = receiver;
    }
    if (telling != null) {
      telling.roomAvailable();
    }
  }

  /** What is released from now on is being handled until then. */
  void handlingUntil(CompletableFuture<Void> handled) {
    this.handled = handled;
  }

  synchronized int refusals() {
    return refusals;
  }

  List<Delivery> taken() {
    return List.copyOf(taken);
  }

  /** What is revoked, closed or lost. */
  Set<Assignment> released() {
    return released;
  }

  /** What is lost, or was not given back in time. */
  Set<Assignment> lost() {
    return lost;
  }

  static String body(Delivery delivery) {
    return text(delivery.message().body());
  }

  static String text(byte @Nullable [] bytes) {
    return bytes == null ? "null" : new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  /** The bodies of what was taken, in order. */
  List<String> bodies() {
    return taken.stream().map(Taking::body).toList();
  }
}
