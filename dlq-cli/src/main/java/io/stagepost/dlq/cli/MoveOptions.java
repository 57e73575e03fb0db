package io.stagepost.dlq.cli;

import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Terms;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** What the commands share that move letters between dead letters, parking lot and trash. */
final class MoveOptions {
  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private RunOptions run = new RunOptions();
  @Mixin private PlanFiles plans = new PlanFiles();
  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  MoveOptions() {}

  /** Does it with all that is selected. */
  int move(String address, Terms.Action action, @Nullable String to) {
    Terms terms = to == null ? Terms.of(action) : Terms.of(action).to(to);
    try (Desk desk = new Desk(broker, writer)) {
      Plan plan =
          desk.planner(address)
              .choosing(selection.filter(address))
              .atMost(selection.limit(Long.MAX_VALUE))
              .on(terms)
              .plan(address);
      if (plan.letters() > 0 && !run.isDryRun()) {
        plans.keep(plan);
      }
      return new Carrier(output).carry(desk, plan, run.settings(), run, writer, null).number();
    }
  }
}
