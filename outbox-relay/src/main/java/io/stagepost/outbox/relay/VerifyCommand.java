package io.stagepost.outbox.relay;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks the tables. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Check the server, the tables and what numbers their rows; say all that is wrong.")
final class VerifyCommand implements Callable<Integer> {
  @Mixin private OutboxOptions outbox = new OutboxOptions();
  @Mixin private Report report = new Report();

  /** For picocli. */
  VerifyCommand() {}

  @Override
  public Integer call() {
    outbox.with(
        opened -> {
          opened.verifySchema();
          return true;
        });
    report.println(report.isJson() ? "{\"verified\":true}" : "The outbox is as it should be.");
    return ExitCode.DONE.number();
  }
}
