package io.stagepost.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** An intake that takes so many deliveries, and lets the test decide about everything else. */
final class Listening implements Intake {
  final List<Delivery> taken = new ArrayList<>();
  final List<Assignment> released = new ArrayList<>();
  final List<Assignment> lost = new ArrayList<>();
  int room = Integer.MAX_VALUE;

  /** What {@link #release} gives: done unless the test says otherwise. */
  CompletableFuture<Void> quiet = CompletableFuture.completedFuture(null);

  @Override
  public synchronized int offer(List<? extends Delivery> deliveries) {
    int count = Math.min(room, deliveries.size());
    taken.addAll(deliveries.subList(0, count));
    room -= count;
    return count;
  }

  @Override
  public synchronized CompletableFuture<Void> release(Collection<Assignment> assignments) {
    released.addAll(assignments);
    return quiet;
  }

  @Override
  public synchronized CompletableFuture<Void> lose(Collection<Assignment> assignments) {
    lost.addAll(assignments);
    return quiet;
  }

  /** The bodies of what was taken since last asked. */
  synchronized List<String> texts() {
    List<String> texts = taken.stream().map(Listening::text).toList();
    taken.clear();
    return texts;
  }

  static String text(Delivery delivery) {
    byte[] body = delivery.message().body();
    return body == null ? "null" : new String(body, UTF_8);
  }
}
