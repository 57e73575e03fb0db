package io.stagepost.testkit;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A message of a partition that was offered to an intake. Thread-safe. */
final class MemoryDelivery implements Delivery {
  /** What a message's objects and headers take, roughly. */
  private static final int OVERHEAD = 256;

  private final Flow flow;
  private final Partition.Entry entry;
  private final long offset;
  private final AtomicBoolean settled = new AtomicBoolean();

  MemoryDelivery(Flow flow, Partition.Entry entry, long offset) {
    this.flow = flow;
    this.entry = entry;
    this.offset = offset;
  }

  @Override
  public Message message() {
    return entry.message();
  }

  @Override
  public byte @Nullable [] key() {
    return entry.message().key();
  }

  @Override
  public String address() {
    return entry.message().address();
  }

  @Override
  public int size() {
    byte[] key = entry.message().key();
    byte[] body = entry.message().body();
    return OVERHEAD + (key == null ? 0 : key.length) + (body == null ? 0 : body.length);
  }

  @Override
  public Origin origin() {
    return flow.progress.partition.origin(offset, entry);
  }

  @Override
  public Assignment assignment() {
    return flow.assignment;
  }

  @Override
  public void settle() {
    if (!settled.getAndSet(true)) {
      flow.member.settle(flow, offset);
    }
  }

  @Override
  public String toString() {
    return flow.progress.partition + "@" + offset;
  }
}
