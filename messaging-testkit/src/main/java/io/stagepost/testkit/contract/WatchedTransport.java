package io.stagepost.testkit.contract;

import static java.util.Objects.requireNonNull;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Transport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A member's transport, watched: to which assignment an event belongs that it offers, and which of
 * its assignments it has told to be lost. Changes nothing. Thread-safe.
 */
final class WatchedTransport extends Passing {
  /** By event: where it was offered last. */
  private final Map<String, Assignment> offered = new ConcurrentHashMap<>();

  private final Map<Assignment, Long> lost = new ConcurrentHashMap<>();

  WatchedTransport(Transport transport) {
    super(transport);
  }

  /** The assignment by which an event was offered last. */
  Assignment assignment(String event) {
    return requireNonNull(offered.get(event), event);
  }

  /**
   * When an assignment was told to be lost.
   *
   * @return by {@link System#nanoTime()}; null if it was not, so far
   */
  @Nullable Long lostAt(Assignment assignment) {
    return lost.get(assignment);
  }

  @Override
  int offer(Intake intake, List<? extends Delivery> deliveries) {
    deliveries.forEach(each -> offered.put(decode(each).getId(), each.assignment()));
    return super.offer(intake, deliveries);
  }

  @Override
  CompletableFuture<Void> lose(Intake intake, Collection<Assignment> assignments) {
    assignments.forEach(each -> lost.putIfAbsent(each, System.nanoTime()));
    return super.lose(intake, assignments);
  }
}
