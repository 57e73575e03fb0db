package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Plan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Freezes which letters would be replayed, and tells what would become of each. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Freeze which letters would be replayed, to where.",
    description = {
      "",
      "Looks at every letter that is selected and has not been dealt with, and sends nothing. Shows"
          + " how many would go where, and which would be left alone, and why. The plan is kept"
          + " under the name of its run: what comes to the address later is not in it, and a replay"
          + " tells if what lies there is not what was planned."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq plan orders.payments.dead-letter --group 1f2e3d4c",
      "  dlq plan orders.payments.dead-letter --type com.example.paid.v1 --file friday.json",
      "  dlq replay friday.json --canary 10"
    })
@Ends({ExitCode.NOTHING_MATCHED, ExitCode.REFUSED})
final class PlanCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address, or a parking lot.")
  private @Nullable String address;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Write the plan there as well; the file must not be there yet.")
  private @Nullable Path file;

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private TermsOptions terms = new TermsOptions();
  @Mixin private CheckOptions checks = new CheckOptions();
  @Mixin private PlanFiles plans = new PlanFiles();
  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  PlanCommand() {}

  @Override
  public Integer call() {
    if (file != null && Files.exists(file)) { // before a million letters are looked at
      throw new MessagingException(
          "SP-DLQ-161", file + " is there already. Name another file, or move it away.");
    }
    Plan plan;
    try (Desk desk = new Desk(broker, writer)) {
      plan = checks.plan(desk, broker, requireNonNull(address), selection, terms.terms());
    }
    if (plan.letters() == 0) {
      return new Carrier(output).nothing(plan, selection).number();
    }
    if (file != null) {
      plan.write(file);
    }
    plans.keep(plan);
    PlanPage page = new PlanPage(plan, null);
    if (output.isTable()) {
      page.print(output.out());
      output.out().println("to carry out  dlq replay --resume " + plan.run());
    } else {
      Document.print(page.document(), output);
    }
    return ExitCode.DONE.number();
  }
}
