package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Consumer.Context;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An event that lies unsettled at the broker, in the queue of its {@link Stay}. */
final class AmqpDelivery implements Delivery {
  /** Roughly what an object of it holds beside the bytes. */
  private static final int OVERHEAD = 300;

  private final Message message;
  private final @Nullable Instant time;
  private final Context context;
  private final Stay stay;
  private final long offset;
  private final boolean suspect;
  private final AtomicInteger left;
  private final AtomicBoolean settled = new AtomicBoolean();

  private volatile @Nullable Instant aside;

  /** Written before it is offered. */
  private int deaths;

  /**
   * An event of a message.
   *
   * @param offset where it lies in its stream; negative if it lies in a queue
   * @param suspect whether it may be what kills the process
   * @param left how many events of the message are not settled
   */
  AmqpDelivery(
      Message message,
      @Nullable Instant time,
      Stay stay,
      Context context,
      long offset,
      boolean suspect,
      AtomicInteger left) {
    this.message = message;
    this.time = time;
    this.stay = stay;
    this.context = context;
    this.offset = offset;
    this.suspect = suspect;
    this.left = left;
  }

  @Override
  public Message message() {
    return message;
  }

  @Override
  public byte @Nullable [] key() {
    return message.key();
  }

  @Override
  public String address() {
    return message.address();
  }

  @Override
  public int size() {
    byte[] key = message.key();
    byte[] body = message.body();
    return OVERHEAD + (key == null ? 0 : key.length) + (body == null ? 0 : body.length);
  }

  @Override
  public Origin origin() {
    return new Origin(
        message.address(), stay.queue(), offset < 0 ? "" : Long.toString(offset), time);
  }

  @Override
  public Assignment assignment() {
    return stay.assignment();
  }

  @Override
  public int crashes() {
    return deaths;
  }

  @Override
  public boolean isSuspect() {
    return suspect;
  }

  /** So many processes have died of it. */
  void blame(int deaths) {
    this.deaths = deaths;
  }

  @Override
  public boolean putAside(Instant until) {
    if (!stay.canPutAside() || left.get() > 1 || settled.getAndSet(true)) {
      return false; // a batch is settled as a whole
    }
    aside = until;
    stay.settled(this);
    return true;
  }

  /** Until when it is put aside; null if it is settled for good. */
  @Nullable Instant aside() {
    return aside;
  }

  /** The same, to be offered again: it could not be put aside. */
  AmqpDelivery again() {
    return new AmqpDelivery(message, time, stay, context, offset, suspect, left);
  }

  @Override
  public void settle() {
    if (!settled.getAndSet(true) && left.decrementAndGet() == 0) {
      stay.settled(this);
    }
  }

  Stay stay() {
    return stay;
  }

  long offset() {
    return offset;
  }

  Context context() {
    return context;
  }

  @Override
  public String toString() {
    return "a message of " + stay;
  }
}
