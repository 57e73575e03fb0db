package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A delivery of a delay address, seen as the one that was deferred: its own message, of its own
 * channel, from where it first lay. So the road treats it, and what becomes of it, like any other.
 *
 * <p>What is to be known when it comes back travels in headers of a prefix of their own, beside
 * those it came with, and is taken off again (rule D14). A message without them, which somebody
 * else has put there, is due at once and has not been tried.
 */
final class Deferred implements Delivery {
  private static final String ATTEMPTS = FailureHeaders.DEFERRED + "attempts";
  private static final String FIRST_FAILURE = FailureHeaders.DEFERRED + "first-failure";
  private static final String AGE = FailureHeaders.DEFERRED + "age";
  private static final String SUBSCRIPTION = FailureHeaders.DEFERRED + "subscription";
  private static final String ADDRESS = FailureHeaders.DEFERRED + "address";
  private static final String PARTITION = FailureHeaders.DEFERRED + "partition";
  private static final String POSITION = FailureHeaders.DEFERRED + "position";
  private static final String TIME = FailureHeaders.DEFERRED + "time";

  /**
   * How it comes back.
   *
   * @param due when
   * @param attempts how often it was tried
   * @param firstFailure when it failed first
   * @param age how long ago that will be when it is due, the time spent probing left out
   */
  record Return(Instant due, int attempts, Instant firstFailure, Duration age) {
    private static final Duration CENTURY = Duration.ofDays(36_525);

    /** Whether it can be reckoned with: anybody may write headers. */
    boolean isPlausible() {
      return due.isAfter(Instant.EPOCH)
          && attempts >= 0
          && !age.isNegative()
          && age.compareTo(CENTURY) < 0;
    }
  }

  private final Delivery delivery;
  private final Message message;
  private final Origin origin;
  private final @Nullable Return comesBack;

  /**
   * As it was.
   *
   * @param delivery of the delay address
   * @param channel what is deferred to that address, if the message itself does not tell
   */
  Deferred(Delivery delivery, String channel) {
    Message carried = delivery.message();
    String address = text(carried, ADDRESS);
    this.delivery = delivery;
    this.comesBack = comesBack(carried);
    this.message =
        new Message(
            address == null ? channel : address,
            carried.key(),
            carried.headers().stream()
                .filter(header -> !header.name().startsWith(FailureHeaders.DEFERRED))
                .toList(),
            carried.body());
    this.origin = address == null ? delivery.origin() : origin(address, carried);
  }

  /** The delivery's own bytes, key and headers, and beside them how it comes back. */
  static Message message(Delivery delivery, String address, String subscription, Return comesBack) {
    Message original = delivery.message();
    Origin origin = delivery.origin();
    List<Header> headers = new ArrayList<>(original.headers());
    add(headers, FailureHeaders.DUE, comesBack.due().toString());
    add(headers, ATTEMPTS, Integer.toString(comesBack.attempts()));
    add(headers, FIRST_FAILURE, comesBack.firstFailure().toString());
    add(headers, AGE, comesBack.age().toString());
    add(headers, SUBSCRIPTION, subscription);
    add(headers, ADDRESS, delivery.address());
    add(headers, PARTITION, origin.partition());
    add(headers, POSITION, origin.position());
    add(headers, TIME, Objects.toString(origin.time(), ""));
    return new Message(address, original.key(), headers, original.body());
  }

  private static void add(List<Header> headers, String name, String value) {
    headers.add(new Header(name, value.getBytes(UTF_8)));
  }

  private static @Nullable Return comesBack(Message carried) {
    String due = text(carried, FailureHeaders.DUE);
    String attempts = text(carried, ATTEMPTS);
    String firstFailure = text(carried, FIRST_FAILURE);
    String age = text(carried, AGE);
    if (due == null || attempts == null || firstFailure == null || age == null) {
      return null;
    }
    try {
      Return read =
          new Return(
              Instant.parse(due),
              Integer.parseInt(attempts),
              Instant.parse(firstFailure),
              Duration.parse(age));
      return read.isPlausible() ? read : null;
    } catch (DateTimeException | NumberFormatException notOurs) {
      return null;
    }
  }

  private static Origin origin(String address, Message carried) {
    return new Origin(
        address,
        Objects.toString(text(carried, PARTITION), ""),
        Objects.toString(text(carried, POSITION), ""),
        time(text(carried, TIME)));
  }

  private static @Nullable Instant time(@Nullable String text) {
    try {
      return text == null || text.isEmpty() ? null : Instant.parse(text);
    } catch (DateTimeException notOurs) {
      return null;
    }
  }

  private static @Nullable String text(Message message, String header) {
    byte[] value = message.header(header);
    return value == null ? null : new String(value, UTF_8);
  }

  /** When it may be handled. */
  Instant due() {
    return comesBack == null ? Instant.MIN : comesBack.due();
  }

  /** How it comes back; null if its message does not tell. */
  @Nullable Return comesBack() {
    return comesBack;
  }

  /** Whether another subscription has deferred it, which shares the address. */
  boolean isOfAnother(String subscription) {
    String its = text(delivery.message(), SUBSCRIPTION);
    return its != null && !its.equals(subscription);
  }

  // ---- as it was

  @Override
  public Message message() {
    return message;
  }

  @Override
  public String address() {
    return message.address();
  }

  @Override
  public Origin origin() {
    return origin;
  }

  // ---- as it is

  @Override
  public byte @Nullable [] key() {
    return delivery.key();
  }

  @Override
  public int size() {
    return delivery.size();
  }

  @Override
  public Assignment assignment() {
    return delivery.assignment();
  }

  @Override
  public int crashes() {
    return delivery.crashes();
  }

  @Override
  public boolean isSuspect() {
    return delivery.isSuspect();
  }

  @Override
  public void settle() {
    delivery.settle();
  }

  @Override
  public String toString() {
    return delivery + ", deferred";
  }
}
