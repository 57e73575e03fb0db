package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Replay.Settings;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends letters again. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Send letters again, confirmed, and note it.",
    description = {
      "",
      "Carries out a plan, or makes one of what is selected first. Each letter goes with its own"
          + " bytes, key and id to where it came from, without what told of its failure. What the"
          + " broker has confirmed is noted in the ledger; the letters stay where they lie.",
      "",
      "A run that was cut short in whatever way goes on with --resume: what is noted is not sent"
          + " again, and what was in flight may be, with the same id, so that inboxes drop it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq replay orders.payments.dead-letter --group 1f2e3d4c --dry-run",
      "  dlq replay orders.payments.dead-letter --group 1f2e3d4c --canary 10 --settle 30s",
      "  dlq replay friday.json --rate 200/s --yes",
      "  dlq replay --resume 20261122-093000-1f2e3d"
    })
@Ends({
  ExitCode.NOTHING_MATCHED,
  ExitCode.PARTIAL,
  ExitCode.CANARY,
  ExitCode.DRIFTED,
  ExitCode.LOCKED,
  ExitCode.REFUSED,
  ExitCode.INTERRUPTED
})
final class ReplayCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "PLAN|ADDRESS",
      description =
          "A file that plan has written (its name ends in .json), or the dead-letter address.")
  private @Nullable String what;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Carry out the plan of this run, or what is left of it.")
  private @Nullable String resume;

  @Option(
      names = "--canary",
      paramLabel = "N",
      defaultValue = "0",
      description = "Send so many first, and go on only if they are handled and do not come back.")
  private int canary;

  @Option(
      names = "--min-success",
      paramLabel = "PERCENT",
      defaultValue = "100",
      description =
          "Which share of the canary must be handled, and not come back (default:"
              + " ${DEFAULT-VALUE}).")
  private double minSuccess = 100;

  @Option(
      names = "--settle",
      paramLabel = "TIME",
      converter = Time.DurationConverter.class,
      defaultValue = "10s",
      description =
          "How long the canary is watched at most (default: ${DEFAULT-VALUE}); on Kafka, only until"
              + " its consumers have handled it.")
  private Duration settle = Duration.ofSeconds(10);

  @Option(
      names = "--stop-on-refail",
      description = "End as stopped by the canary if a single letter comes back, also of the rest.")
  private boolean stopOnRefail;

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private TermsOptions terms = new TermsOptions();
  @Mixin private CheckOptions checks = new CheckOptions();
  @Mixin private RunOptions run = new RunOptions();
  @Mixin private PlanFiles plans = new PlanFiles();
  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();
  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  ReplayCommand() {}

  @Override
  public Integer call() {
    if ((what == null) == (resume == null)) {
      throw wrong("Name a plan, a dead-letter address, or a run: --resume RUN.");
    }
    Settings settings = run.settings(canary, minSuccess, settle, stopOnRefail);
    Plan plan = resume != null ? plans.of(resume) : isFile() ? Plan.read(Path.of(what())) : null;
    if (plan != null) {
      refuseWhatThePlanHas();
    }
    Carrier carrier = new Carrier(output);
    try (Desk desk = new Desk(broker, writer)) {
      if (plan != null && run.isDryRun()) {
        return carrier.dry(new PlanPage(plan, desk.planner(plan.address()).outlook(plan))).number();
      }
      if (plan == null) {
        plan = checks.plan(desk, broker, what(), selection, terms.terms());
        if (plan.letters() == 0) {
          return carrier.nothing(plan, selection).number();
        }
        if (run.isDryRun()) {
          return carrier.dry(new PlanPage(plan, null)).number();
        }
        plans.keep(plan);
      }
      return carrier.carry(desk, plan, settings, run, writer, checks.upcast(plan, broker)).number();
    }
  }

  private String what() {
    return requireNonNull(what);
  }

  private boolean isFile() {
    return what().endsWith(".json") || Files.isRegularFile(Path.of(what()));
  }

  /** A plan says which letters, and on which terms: nobody should think that an option does. */
  private void refuseWhatThePlanHas() {
    for (OptionSpec option : requireNonNull(spec).commandLine().getParseResult().matchedOptions()) {
      if (option.userObject() instanceof Field field
          && (field.getDeclaringClass() == SelectionOptions.class
              || field.getDeclaringClass() == TermsOptions.class)) {
        throw wrong(option.longestName() + " is for making a plan, and this one is made.");
      }
    }
  }

  private ParameterException wrong(String text) {
    return new ParameterException(requireNonNull(spec).commandLine(), text);
  }
}
