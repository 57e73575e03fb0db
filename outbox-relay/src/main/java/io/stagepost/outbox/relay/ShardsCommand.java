package io.stagepost.outbox.relay;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Changes the number of shards. */
@Command(
    name = "shards",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Change the number of shards of an empty outbox.",
    description = {
      "",
      "First stop what publishes, let the relays send the rest, and stop them. It refuses while rows"
          + " wait or are parked, and on tables that are not as --shards says. Afterwards start all"
          + " of them with the new number."
    },
    footerHeading = "%nExamples:%n",
    footer = "  relay shards --shards 8 --to 16 --yes")
final class ShardsCommand implements Callable<Integer> {
  @Option(
      names = "--to",
      paramLabel = "N",
      required = true,
      description = "How many there are to be: 1 to 256.")
  private int to;

  @Option(
      names = "--yes",
      description = "Nothing publishes or relays any more. Without it, nothing is done.")
  private boolean yes;

  @Mixin private OutboxOptions outbox = new OutboxOptions();
  @Mixin private Report report = new Report();

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  ShardsCommand() {}

  @Override
  public Integer call() {
    if (!yes) {
      requireNonNull(spec)
          .commandLine()
          .getErr()
          .println(
              "relay: What still publishes or relays with the old number goes wrong; if all of it is"
                  + " stopped, say --yes. Nothing was done.");
      return ExitCode.REFUSED.number();
    }
    outbox.with(
        opened -> {
          opened.verifySchema(); // what is left of another number than --shards would stay
          opened.changeShards(to);
          return true;
        });
    report.line(Map.of("shards", to));
    return ExitCode.DONE.number();
  }
}
