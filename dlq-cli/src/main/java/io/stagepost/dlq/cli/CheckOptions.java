package io.stagepost.dlq.cli;

import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Planner;
import io.stagepost.dlq.Terms;
import io.stagepost.dlq.Upcast;
import org.jspecify.annotations.Nullable;

/** What letters are checked against before anything is sent. */
final class CheckOptions {
  /** For picocli. */
  CheckOptions() {}

  /** How letters of a plan are encoded anew; null if the plan does not ask for it. */
  @Nullable Upcast upcast(Plan plan) {
    return null;
  }

  /** Makes a plan of what is selected, with what is checked. */
  Plan plan(Desk desk, String address, SelectionOptions selection, Terms terms) {
    Planner planner =
        desk.planner(address)
            .choosing(selection.filter(address))
            .atMost(selection.limit(Long.MAX_VALUE))
            .on(terms);
    return planner.plan(address);
  }
}
