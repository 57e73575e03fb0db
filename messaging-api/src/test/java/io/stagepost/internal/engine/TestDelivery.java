package io.stagepost.internal.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A delivery of a test: numbered, and counting its settlements. */
public class TestDelivery implements Delivery {
  public final int number;
  public final AtomicInteger settled = new AtomicInteger();
  private final @Nullable String key;
  private final int size;
  private final Assignment assignment;
  private final Message message;

  public TestDelivery(int number, @Nullable String key, int size, Assignment assignment) {
    this(number, key, size, assignment, "channel");
  }

  public TestDelivery(
      int number, @Nullable String key, int size, Assignment assignment, String address) {
    this(
        number,
        key,
        size,
        assignment,
        new Message(address, key == null ? null : key.getBytes(UTF_8), List.of(), new byte[0]));
  }

  public TestDelivery(
      int number, @Nullable String key, int size, Assignment assignment, Message message) {
    this.number = number;
    this.key = key;
    this.size = size;
    this.assignment = assignment;
    this.message = message;
  }

  public @Nullable String keyText() {
    return key;
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
    return size;
  }

  @Override
  public Origin origin() {
    return new Origin(address(), "0", Integer.toString(number), null);
  }

  @Override
  public Assignment assignment() {
    return assignment;
  }

  @Override
  public void settle() {
    settled.incrementAndGet();
  }
}
