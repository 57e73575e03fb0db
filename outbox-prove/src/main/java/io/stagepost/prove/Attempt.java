package io.stagepost.prove;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One send of one event, by one life of a relay process. Lines are those of that life's book, in
 * the order in which things happened.
 *
 * @param relay the process's name
 * @param life which of its lives
 * @param event the id
 * @param begunLine where it began
 * @param begun when
 * @param endedLine where its answer came; {@link Integer#MAX_VALUE} if none did
 * @param ended when; null if no answer came
 * @param failure why its fate is unknown; null if it was confirmed, or no answer came
 */
record Attempt(
    String relay,
    String life,
    String event,
    int begunLine,
    Instant begun,
    int endedLine,
    @Nullable Instant ended,
    @Nullable String failure) {

  boolean isFailed() {
    return failure != null;
  }

  boolean isConfirmed() {
    return ended != null && failure == null;
  }

  @Override
  public String toString() {
    String end =
        ended == null ? "no answer" : failure == null ? "done " + ended : ended + " " + failure;
    return life + ":" + begunLine + " " + begun + " (" + end + ")";
  }

  /** The same, with its answer. */
  Attempt ended(int line, Instant at, @Nullable String reason) {
    return new Attempt(relay, life, event, begunLine, begun, line, at, reason);
  }

  /** Whether another send of the same life began while this one, which then failed, was out. */
  boolean wasOutAt(Attempt other) {
    return isFailed()
        && life.equals(other.life)
        && begunLine < other.begunLine
        && other.begunLine < endedLine;
  }
}
