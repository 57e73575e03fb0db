package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.dlq.FailureReport;
import io.stagepost.dlq.Letter;
import io.stagepost.spi.FailureHeaders;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way that a letter took, as far as its headers tell. */
final class Hops {
  /**
   * A place on the way.
   *
   * @param time null if it is not told
   * @param what happened there
   */
  record Hop(@Nullable Instant time, String what) {}

  private Hops() {}

  static List<Hop> of(Letter letter) {
    FailureReport failure = letter.failure();
    List<Hop> hops = new ArrayList<>();
    if (letter.event() != null && letter.event().getTime() != null) {
      hops.add(
          new Hop(letter.event().getTime().toInstant(), "made by " + letter.event().getSource()));
    }
    if (failure.originAddress() != null) {
      hops.add(
          new Hop(
              instant(letter.message().header(FailureHeaders.ORIGIN_TIME)),
              "came to " + origin(failure)));
    }
    String by = failure.subscription() == null ? "" : " in " + failure.subscription();
    if (failure.firstFailure() != null) {
      hops.add(new Hop(failure.firstFailure(), "failed first" + by));
    }
    if (failure.replays() > 0) {
      hops.add(new Hop(null, "was replayed, " + times(failure.replays()) + " so far"));
    }
    if (failure.lastFailure() != null) {
      String tries = failure.attempts() == null ? "" : ", tried " + times(failure.attempts());
      hops.add(new Hop(failure.lastFailure(), "given up" + by + tries));
    }
    hops.add(new Hop(letter.at().time(), "came to " + LetterName.of(letter)));
    return hops;
  }

  private static String times(int number) {
    return number == 1 ? "once" : number + " times";
  }

  private static String origin(FailureReport failure) {
    String partition =
        failure.originPartition() == null || failure.originPartition().isEmpty()
            ? ""
            : failure.originPartition() + "-";
    return failure.originPosition() == null || failure.originPosition().isEmpty()
        ? String.valueOf(failure.originAddress())
        : failure.originAddress() + "@" + partition + failure.originPosition();
  }

  private static @Nullable Instant instant(byte @Nullable [] header) {
    try {
      return header == null ? null : Instant.parse(new String(header, UTF_8));
    } catch (DateTimeException none) {
      return null;
    }
  }
}
