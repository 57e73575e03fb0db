package io.stagepost.dlq;

import io.stagepost.dlq.Entry.Kind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A run, as the ledger tells of it.
 *
 * @param id its name
 * @param address the dead-letter address
 * @param by who began it
 * @param begun when, by the clock of whoever began it
 * @param lastSeen when it was last heard of, by that clock
 * @param letters how many letters it has dealt with
 * @param entries how many entries it has written: as long as it lives the number grows
 * @param request what somebody has asked it to do; null if nothing
 * @param ended how it ended; null if it has not said so
 * @param note what it said of itself when it began; null if nothing
 */
public record Run(
    String id,
    String address,
    String by,
    Instant begun,
    Instant lastSeen,
    long letters,
    long entries,
    @Nullable Kind request,
    @Nullable String ended,
    @Nullable String note) {

  static Run of(Entry entry, long letters) {
    boolean asks =
        switch (entry.kind()) {
          case PAUSE, RESUME, CANCEL -> true;
          default -> false;
        };
    return new Run(
        entry.run(),
        entry.address(),
        entry.by(),
        entry.at(),
        entry.at(),
        entry.kind().resolves() ? letters : 0,
        asks ? 0 : 1,
        asks && entry.kind() != Kind.RESUME ? entry.kind() : null,
        entry.kind() == Kind.ENDED ? entry.note() : null,
        entry.kind() == Kind.CLAIM ? entry.note() : null);
  }

  /** What is known once more of it is read. */
  Run then(Run next) {
    boolean asked = next.entries == 0;
    return new Run(
        id,
        address,
        by,
        begun,
        asked ? lastSeen : next.lastSeen,
        letters + next.letters,
        entries + next.entries,
        asked ? next.request : request,
        next.ended == null ? (next.note == null ? ended : null) : next.ended,
        note == null ? next.note : note);
  }
}
