package io.stagepost.dlq;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was done, by whom, when, and to which letters: a line of the {@link Ledger}. Never changed.
 *
 * @param kind what was done
 * @param run the run that it belongs to
 * @param address the dead-letter address
 * @param at when, by the clock of whoever did it
 * @param by who: the user and the machine
 * @param positions which letters, by partition, as {@code 17} or {@code 17-23}; empty if none
 * @param note more about it, for people: the plan's hash and target, the outcome
 * @param claim which of those that have carried the run out, where it is about a claim: a run that
 *     was killed has another one when it goes on
 * @param mark the id of one of the letters and a hash of what lay there, with a space between: by
 *     that an address that was made anew is told from the former one
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Entry(
    Kind kind,
    String run,
    String address,
    Instant at,
    String by,
    Map<String, List<String>> positions,
    @Nullable String note,
    @Nullable String claim,
    @Nullable String mark) {
  /** What an entry says. */
  public enum Kind {
    /** A run wants the address for itself. */
    CLAIM,
    /** It is still at work. */
    HEARTBEAT,
    /** It gives the address back. */
    RELEASE,
    /** These letters were sent again, and the broker has them. */
    REPLAYED,
    /** These letters went to the parking lot. */
    PARKED,
    /** These parked messages went back to the dead letters. */
    UNPARKED,
    /** Edited copies took the places of these letters. */
    EDITED,
    /** Nobody wants these letters any more. */
    DISCARDED,
    /** These letters count as unresolved again. */
    RESTORED,
    /** These letters were deleted, with all that lay before them. */
    PURGED,
    /** Somebody asks a run to hold on. */
    PAUSE,
    /** Somebody asks a run to go on. */
    RESUME,
    /** Somebody asks a run to end. */
    CANCEL,
    /** A run has ended; the note says how. */
    ENDED;

    /**
     * Whether letters of it are no longer to be dealt with.
     *
     * @return whether they are resolved
     */
    public boolean resolves() {
      return switch (this) {
        case REPLAYED, PARKED, UNPARKED, EDITED, DISCARDED -> true;
        default -> false;
      };
    }
  }

  /**
   * Copies its positions.
   *
   * @param kind what was done
   * @param run the run that it belongs to
   * @param address the dead-letter address
   * @param at when
   * @param by who
   * @param positions which letters
   * @param note more about it
   * @param claim which of those that have carried the run out
   * @param mark the id of one of the letters and a hash of what lay there
   */
  public Entry {
    positions = positions == null ? Map.of() : Map.copyOf(positions);
  }
}
