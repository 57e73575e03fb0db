package io.stagepost.kafka;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** The simplest intake: takes everything and keeps it, until the test settles it. */
class Accepting implements Intake {
  final BlockingQueue<Delivery> taken = new LinkedBlockingQueue<>();

  @Override
  public int offer(List<? extends Delivery> deliveries) {
    taken.addAll(deliveries);
    return deliveries.size();
  }

  @Override
  public CompletableFuture<Void> release(Collection<Assignment> assignments) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
    return CompletableFuture.completedFuture(null);
  }
}
