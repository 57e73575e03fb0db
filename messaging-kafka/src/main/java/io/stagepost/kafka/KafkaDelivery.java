package io.stagepost.kafka;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A fetched record that waits for its outcome: an entry of its partition's {@link Ledger}. The
 * record is turned into a message only when somebody asks for it.
 */
final class KafkaDelivery implements Delivery {
  /** What the record's objects and headers take, roughly: the client does not tell. */
  private static final int OVERHEAD = 512;

  private final ConsumerRecord<byte @Nullable [], byte @Nullable []> record;
  private final Assignment assignment;
  private final @Nullable Suspicion suspicion;
  private @Nullable Message message;
  private volatile boolean settled;

  /**
   * That it may be what kills the process.
   *
   * @param crashes how often the process died while it was handled alone
   * @param settled called once it is settled
   */
  record Suspicion(int crashes, Runnable settled) {}

  KafkaDelivery(
      ConsumerRecord<byte @Nullable [], byte @Nullable []> record,
      Assignment assignment,
      @Nullable Suspicion suspicion) {
    this.record = record;
    this.assignment = assignment;
    this.suspicion = suspicion;
  }

  @Override
  public Message message() {
    Message known = message; // a race makes two equal ones, and a record is safe to share
    if (known == null) {
      known = messageOf(record);
      message = known;
    }
    return known;
  }

  static Message messageOf(ConsumerRecord<byte @Nullable [], byte @Nullable []> record) {
    return new Message(
        record.topic(), record.key(), new KafkaHeaders(record.headers().toArray()), record.value());
  }

  @Override
  public byte @Nullable [] key() {
    return record.key();
  }

  @Override
  public String address() {
    return record.topic();
  }

  @Override
  public int size() {
    return OVERHEAD
        + Math.max(0, record.serializedKeySize())
        + Math.max(0, record.serializedValueSize());
  }

  @Override
  public Origin origin() {
    return originOf(record);
  }

  static Origin originOf(ConsumerRecord<?, ?> record) {
    return new Origin(
        record.topic(),
        Integer.toString(record.partition()),
        Long.toString(record.offset()),
        record.timestamp() < 0 ? null : Instant.ofEpochMilli(record.timestamp()));
  }

  @Override
  public Assignment assignment() {
    return assignment;
  }

  @Override
  public int crashes() {
    return suspicion == null ? 0 : suspicion.crashes();
  }

  /** One write, read by the receiver's thread; after the assignment's end nobody reads it. */
  @Override
  public void settle() {
    settled = true;
    if (suspicion != null) {
      suspicion.settled().run();
    }
  }

  boolean isSettled() {
    return settled;
  }

  int leaderEpoch() {
    return record.leaderEpoch().orElse(-1);
  }

  @Override
  public boolean isSuspect() {
    return suspicion != null;
  }

  long offset() {
    return record.offset();
  }

  @Override
  public String toString() {
    return record.topic() + "-" + record.partition() + "@" + record.offset();
  }
}
