package io.stagepost.dlq;

import io.stagepost.spi.Browser;
import java.util.ArrayList;
import java.util.List;

/**
 * How what lies at an address differs from what a plan has frozen: letters that are gone, as
 * retention takes them, or others in their places. Not thread-safe.
 */
final class Drift {
  private static final int SHOWN = 5;

  private final String address;
  private final Hashes.Index frozen;

  /** What nothing has been done with, which shrinks while the run goes on. */
  private final Positions left;

  private final Positions gone = new Positions();
  private final List<String> others = new ArrayList<>();
  private long changed;

  Drift(Plan plan, Positions left) {
    this.address = plan.address();
    this.frozen = Hashes.read(plan.hashes());
    this.left = left;
  }

  /** How many letters are gone, or are others. */
  long letters() {
    return gone.size() + changed;
  }

  /** Looks at the first letters of the partitions, so that most drift is seen before all else. */
  void lookAhead(Letters letters) {
    left.first()
        .forEach(
            (partition, position) -> {
              boolean[] isThere = {false};
              letters.read(
                  Browser.Selection.of(address).from(partition, position.toString()),
                  Filter.all(),
                  letter -> {
                    isThere[0] = true;
                    passed(left, letter);
                    if (left.contains(letter.at())) {
                      boolean unused = isFrozen(letter);
                    }
                    return false;
                  });
              if (!isThere[0]) {
                gone(left.only(partition));
              }
            });
  }

  /** A letter was read: what is left before it in its partition is gone. */
  void passed(Positions ahead, Letter letter) {
    String partition = letter.at().partition();
    gone(ahead.removeBefore(partition, Positions.position(letter.at())));
  }

  /** These are not there. */
  void gone(Positions missing) {
    if (missing.size() == 0) {
      return; // as at nearly every letter
    }
    Positions copy = new Positions();
    copy.addAll(missing);
    gone.addAll(copy);
    copy.forEach((partition, range) -> left.remove(partition, range.first(), range.last()));
  }

  /** Whether a letter of the plan is what it was; one that is not is never sent. */
  boolean isFrozen(Letter letter) {
    if (frozen.contains(letter)) {
      return true;
    }
    changed++;
    left.remove(letter.at());
    if (others.size() < SHOWN) {
      others.add(letter.id());
    }
    return false;
  }

  /** In a sentence; empty if there is none. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (gone.size() > 0) {
      text.append(
          gone.size() == 1 ? "A letter of the plan is" : gone.size() + " letters of the plan are");
      text.append(" gone from ").append(address);
      text.append(": ").append(first(gone));
    }
    if (changed > 0) {
      text.append(text.isEmpty() ? "" : "; ").append(changed).append(" at ").append(address);
      text.append(" differ from what the plan has frozen: ").append(String.join(" ", others));
      text.append(changed > others.size() ? " …" : "");
    }
    return text.isEmpty() ? "" : text.append('.').toString();
  }

  private static String first(Positions positions) {
    List<String> shown = new ArrayList<>();
    positions.forEach(
        (partition, range) -> {
          if (shown.size() <= SHOWN) {
            shown.add(
                shown.size() == SHOWN
                    ? "…"
                    : (partition.isEmpty() ? "" : partition + "-")
                        + range.first()
                        + (range.first() == range.last() ? "" : " to " + range.last()));
          }
        });
    return String.join(" ", shown);
  }
}
