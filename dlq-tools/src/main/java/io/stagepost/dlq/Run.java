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
    @Nullable Kind request,
    @Nullable String ended,
    @Nullable String note) {

  static Run of(Entry entry, long letters) {
    Kind kind = entry.kind();
    return new Run(
        entry.run(),
        entry.address(),
        entry.by(),
        entry.at(),
        entry.at(),
        letters,
        kind == Kind.PAUSE || kind == Kind.CANCEL ? kind : null,
        kind == Kind.ENDED ? entry.note() : null,
        kind == Kind.CLAIM ? entry.note() : null);
  }

  /** What is known once one more entry of it is read. */
  Run then(Entry entry, long letters) {
    Kind kind = entry.kind();
    boolean asks = kind == Kind.PAUSE || kind == Kind.RESUME || kind == Kind.CANCEL;
    return new Run(
        id,
        address,
        by,
        begun,
        asks ? lastSeen : entry.at(),
        this.letters + letters,
        switch (kind) {
          case PAUSE, CANCEL -> kind;
          case RESUME, RELEASE, ENDED ->
              null; // whoever takes it up again does not mean what was asked before
          default -> request;
        },
        switch (kind) {
          case ENDED -> entry.note();
          case CLAIM -> null;
          default -> ended;
        },
        note == null && kind == Kind.CLAIM ? entry.note() : note);
  }
}
