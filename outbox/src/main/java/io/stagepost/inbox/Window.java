package io.stagepost.inbox;

import io.stagepost.FailurePolicy;
import io.stagepost.MessagingException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which events can be told apart from those that were handled: not older than the window, and not
 * further ahead than clocks differ. Immutable.
 *
 * <pre>
 *   forgotten │ {@link #MARGIN} │       window        │ {@link #AHEAD} │
 *   ──────────┴────────┴─────────────────────┴────────┴───────▶ the event's time
 *     dead letter      │       handled      now       │ dead letter
 * </pre>
 *
 * @param length the window
 * @param clock tells now
 */
record Window(Duration length, InstantSource clock) {
  /** How much longer is remembered than is asked for, so that no transaction straddles the end. */
  static final Duration MARGIN = Duration.ofHours(1);

  /** How far ahead of this clock an event's may be. */
  static final Duration AHEAD = Duration.ofDays(1);

  private static final Instant LAST = Instant.parse("9999-01-01T00:00:00Z");

  /** A day is a partition. */
  private static final Duration LONGEST = Duration.ofDays(366);

  Window {
    if (length.isNegative() || length.isZero() || length.compareTo(LONGEST) > 0) {
      throw new MessagingException(
          "SP-INBOX-018",
          "The window " + length + " must be longer than nothing, and at most " + LONGEST + ".");
    }
  }

  /** As exact as every database stores it. */
  Instant now() {
    return exact(clock.instant());
  }

  /**
   * A time as it is looked for. One that no database can store has no record, nor has an event
   * without one: they are looked for where nothing is.
   */
  static Instant stored(@Nullable Instant time) {
    return time == null || time.isBefore(Instant.EPOCH) || time.isAfter(LAST)
        ? Instant.EPOCH
        : exact(time);
  }

  static Instant exact(Instant time) {
    return time.truncatedTo(ChronoUnit.MICROS);
  }

  /** Why an event of this time is not to be handled; null if it may be. */
  @Nullable String refusal(@Nullable Instant time) {
    if (time == null) {
      return FailurePolicy.WITHOUT_TIME;
    }
    Instant now = clock.instant();
    if (time.isBefore(now.minus(length))) {
      return FailurePolicy.OLDER_THAN_INBOX;
    }
    return time.isAfter(now.plus(AHEAD)) ? FailurePolicy.AHEAD_OF_INBOX : null;
  }

  /**
   * Until when an event that is refused can be replayed, and so holds its key. One from too far
   * ahead is taken for one that comes when the window ends.
   *
   * @return null if it can never be handled
   */
  @Nullable Instant replayedUntil(@Nullable Instant time) {
    Instant now = now();
    if (time == null || time.isBefore(now.minus(length))) {
      return null;
    }
    Instant latest = now.plus(length);
    return exact(time.isBefore(latest) ? time : latest).plus(length);
  }

  /**
   * What is older may be forgotten.
   *
   * @param database the database's clock: nothing goes that is not too old by both
   */
  Instant end(Instant database) {
    Instant here = now();
    return exact((here.isBefore(database) ? here : database).minus(length).minus(MARGIN));
  }
}
