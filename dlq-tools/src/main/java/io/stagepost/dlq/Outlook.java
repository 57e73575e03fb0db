package io.stagepost.dlq;

import io.stagepost.spi.Origin;
import io.stagepost.spi.Transport;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run of a plan would find, as of the time when somebody looked.
 *
 * @param leftOut how many letters of the plan have been dealt with since it was made, by what
 *     became of them: {@code replayed}, {@code parked} and so on; {@code gone} those that no longer
 *     lie there
 * @param open how many it would deal with
 * @param missing how many letters of the plan are gone and were not dealt with
 * @param isAnother whether something else lies where one of those letters was
 */
public record Outlook(Map<String, Long> leftOut, long open, long missing, boolean isAnother) {
  /**
   * Whether the address is no longer as it was when the plan was made.
   *
   * @return whether a run would end as drifted
   */
  public boolean hasDrifted() {
    return missing > 0 || isAnother;
  }

  static Outlook of(Transport transport, Ledger.State state, Plan plan) {
    Positions unseen = Positions.read(plan.positions());
    Positions left = unseen.open(state, plan.terms().action().kind());
    long gone = unseen.size() - left.size();
    Hashes.Index frozen = Hashes.read(plan.hashes());
    Map<String, Long> leftOut = new TreeMap<>();
    long[] open = {0};
    boolean[] another = {false};
    Letters.on(transport)
        .read(
            plan.address(),
            Filter.all(),
            letter -> {
              Origin at = letter.at();
              if (unseen.remove(at)) {
                if (left.contains(at)) {
                  open[0]++;
                  another[0] |= !frozen.contains(letter);
                } else {
                  leftOut.merge(Draft.word(state.resolution(letter)), 1L, Long::sum);
                }
              }
              return unseen.size() > 0;
            });
    gone -= leftOut.values().stream().mapToLong(Long::longValue).sum();
    if (gone > 0) {
      leftOut.put("gone", gone);
    }
    return new Outlook(leftOut, open[0], left.size() - open[0], another[0]);
  }
}
