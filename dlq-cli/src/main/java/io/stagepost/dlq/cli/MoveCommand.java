package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Terms;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What the commands share that move letters between dead letters, parking lot and trash. */
@Ends({
  ExitCode.NOTHING_MATCHED,
  ExitCode.PARTIAL,
  ExitCode.DRIFTED,
  ExitCode.LOCKED,
  ExitCode.REFUSED,
  ExitCode.INTERRUPTED
})
abstract class MoveCommand implements Callable<Integer> {
  /** The order of an option that comes before those of all. */
  static final int FIRST = -10;

  @Parameters(
      paramLabel = "ADDRESS",
      description = "The dead-letter address; for unpark, the parking lot.")
  private @Nullable String address;

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private RunOptions run = new RunOptions();
  @Mixin private PlanFiles plans = new PlanFiles();
  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  private final Terms.Action action;

  MoveCommand(Terms.Action action) {
    this.action = action;
  }

  /** Where to, if that was said. */
  @Nullable String to() {
    return null;
  }

  @Override
  public final Integer call() {
    String from = requireNonNull(address);
    String to = to();
    Terms terms = to == null ? Terms.of(action) : Terms.of(action).to(to);
    Carrier carrier = new Carrier(output);
    try (Desk desk = new Desk(broker, writer)) {
      Plan plan =
          desk.planner(from)
              .choosing(selection.filter(from))
              .atMost(selection.limit(Long.MAX_VALUE))
              .on(terms)
              .plan(from);
      selection.tell(true);
      if (plan.letters() == 0) {
        return carrier.nothing(plan, selection).number();
      }
      if (run.isDryRun()) {
        return carrier.dry(new PlanPage(plan, null)).number();
      }
      plans.keep(plan);
      return carrier.carry(desk, plan, run.settings(), run, writer, null).number();
    }
  }
}
